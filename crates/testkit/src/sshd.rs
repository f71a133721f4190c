//! A private OpenSSH server for tests of SFTP: a real one, on a loopback port and with keys of its own.
//!
//! - Every test that wants one takes its own ([`Sshd::start`]); it starts in a fraction of a second.
//! - The login leads to an empty folder of this machine ([`Sshd::folder`]): a test plays the partner there with plain files.
//! - Nothing stays behind: the server runs under a small shell that reads orders from a pipe; when the test process ends,
//!   however it ends, the pipe closes and the shell kills the server and deletes its data.
//! - It runs as root only, and Debian's package is installed when it is missing and apt-get is there. Where that is not so, a
//!   test prints what [`available`] says and does nothing.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::debian;

/// How long the server may take to start.
const START: Duration = Duration::from_secs(30);
/// Below the range from which clients get their ports, so that a port stays ours while the server is down.
const FIRST_PORT: u16 = 24_000;
const SERVER: &str = "/usr/sbin/sshd";

/// Takes orders from standard input until it closes. `$1` is the directory, `$2` the program. Killing kills the connections
/// too: their processes are children in sessions of their own.
const WATCHDOG: &str = r#"
trap '' INT TERM HUP
cd "$1" || exit 1
node=
below() {
  for stat in /proc/[0-9]*/stat; do
    read -r line <"$stat" 2>/dev/null || continue
    pid=${line%% *}
    set -- "$1" ${line##*) }
    [ "$3" = "$1" ] && echo "$pid"
  done
}
end() {
  [ -n "$node" ] || return
  kill -s STOP "$node" 2>/dev/null
  for child in $(below "$node"); do
    for grandchild in $(below "$child"); do kill -s KILL "$grandchild" 2>/dev/null; done
    kill -s KILL "$child" 2>/dev/null
  done
  kill -s KILL "$node" 2>/dev/null
  wait "$node" 2>/dev/null
  node=
}
while read -r order; do
  case $order in
    start) "$2" -D -f "$1/sshd_config" -E "$1/log" </dev/null >/dev/null 2>&1 & node=$! ;;
    kill) end; touch "$1/killed" ;;
  esac
done
end
cd / && rm -rf "$1"
"#;

/// A running server. Dropped, it is killed.
#[derive(Debug)]
pub struct Sshd {
    dir: PathBuf,
    port: u16,
    orders: Mutex<Option<ChildStdin>>,
    watchdog: Mutex<Child>,
    _port: File,
}

/// Makes sure that the server can be started here. `Err` is the sentence to print when a test is left out.
pub fn available() -> Result<(), String> {
    static AVAILABLE: OnceLock<Result<(), String>> = OnceLock::new();
    let find_or_install = || {
        if !debian::is_root() {
            return Err("this test starts its own sshd, and that runs as root only".to_owned());
        }
        let lock = File::create(std::env::temp_dir().join("backhaul-sshd-install"))
            .map_err(|e| e.to_string())?;
        lock.lock().map_err(|e| e.to_string())?;
        if !Path::new(SERVER).is_file() {
            debian::install("openssh-server").map_err(|e| format!("{e:#}"))?;
        }
        // The server insists on it, and only the system's own service makes it.
        fs::create_dir_all("/run/sshd").map_err(|e| format!("/run/sshd: {e}"))
    };
    AVAILABLE.get_or_init(find_or_install).clone()
}

impl Sshd {
    /// Starts a server with an empty folder.
    ///
    /// # Errors
    /// When it cannot be installed or started, with the end of its log.
    pub async fn start() -> Result<Self> {
        let sshd = tokio::task::spawn_blocking(Self::prepare).await??;
        sshd.restart().await?;
        Ok(sshd)
    }

    fn prepare() -> Result<Self> {
        available().map_err(|e| anyhow!("{e}"))?;
        let (lock, port) = free_port()?;
        let dir = tempfile::Builder::new()
            .prefix("backhaul-sshd-")
            .tempdir()?
            .keep();
        write_files(&dir, port)?;
        let mut watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "sh"])
            .arg(&dir)
            .arg(SERVER)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting the server's watchdog")?;
        Ok(Self {
            dir,
            port,
            orders: Mutex::new(watchdog.stdin.take()),
            watchdog: Mutex::new(watchdog),
            _port: lock,
        })
    }

    /// Port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The user who may log in.
    pub fn user(&self) -> &'static str {
        "root"
    }

    /// The folder where the login leads.
    pub fn folder(&self) -> PathBuf {
        self.dir.join("box")
    }

    /// Private key that may log in (ed25519, no passphrase).
    pub fn key_file(&self) -> PathBuf {
        self.dir.join("client")
    }

    /// The same kind of key with the passphrase "open sesame"; it may log in, too.
    pub fn locked_key_file(&self) -> PathBuf {
        self.dir.join("locked")
    }

    /// A private key that may not log in.
    pub fn stranger_key_file(&self) -> PathBuf {
        self.dir.join("stranger")
    }

    /// The server's public key, as `ssh-ed25519 AAAA…`.
    pub fn host_key(&self) -> Result<String> {
        let line = fs::read_to_string(self.dir.join("host.pub"))?;
        let mut words = line.split(' ');
        let (kind, key) = (words.next(), words.next());
        let (kind, key) = kind.zip(key).context("ssh-keygen wrote no public key")?;
        Ok(format!("{kind} {key}"))
    }

    /// Its fingerprint, as `SHA256:…`, by ssh-keygen.
    pub fn fingerprint(&self) -> Result<String> {
        let mut command = Command::new("ssh-keygen");
        let output = command.arg("-lf").arg(self.dir.join("host.pub")).output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let print = said.split(' ').find(|word| word.starts_with("SHA256:"));
        Ok(print.context("ssh-keygen told no fingerprint")?.to_owned())
    }

    /// Options of a mailbox that reaches it, as in a connector's block.
    pub fn options(&self) -> Result<toml::Table> {
        let mut table = toml::Table::new();
        let mut set = |key: &str, value: String| table.insert(key.to_owned(), value.into());
        set("kind", "sftp".to_owned());
        set("host", "127.0.0.1".to_owned());
        set("user", self.user().to_owned());
        set("host_key", self.host_key()?);
        set("key_file", self.key_file().display().to_string());
        set("stable_for", "0s".to_owned());
        table.insert("port".to_owned(), i64::from(self.port).into());
        Ok(table)
    }

    /// What the server logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    /// SIGKILL for the server and its connections; returns when they are gone.
    pub async fn kill(&self) -> Result<()> {
        let killed = self.dir.join("killed");
        self.order("kill")?;
        let until = Instant::now() + START;
        while !killed.exists() || self.answers().await {
            if Instant::now() > until {
                bail!("the server does not die");
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(fs::remove_file(killed)?)
    }

    /// Starts the server (again, on the same folder, port and keys); returns when it answers.
    ///
    /// # Errors
    /// With its log, when it does not in time.
    pub async fn restart(&self) -> Result<()> {
        self.order("start")?;
        let until = Instant::now() + START;
        while !self.answers().await {
            if Instant::now() > until {
                bail!("the private sshd did not start:\n{}", self.log());
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// True if it greets.
    async fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await else {
            return false;
        };
        let mut greeting = [0; 4];
        let read = timeout(Duration::from_secs(5), stream.read_exact(&mut greeting)).await;
        matches!(read, Ok(Ok(_))) && &greeting == b"SSH-"
    }

    fn order(&self, order: &str) -> Result<()> {
        let mut pipe = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let pipe = pipe.as_mut().context("the watchdog is gone")?;
        writeln!(pipe, "{order}").context("the watchdog is gone")
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        drop(
            self.orders
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        // Its end is the server's end; there is nothing to do about an error.
        drop(
            self.watchdog
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .wait(),
        );
    }
}

fn write_files(dir: &Path, port: u16) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    // The server reads keys only from folders that nobody else can write to.
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755))?;
    fs::create_dir(dir.join("box"))?;
    for (name, passphrase) in [
        ("host", ""),
        ("client", ""),
        ("stranger", ""),
        ("locked", "open sesame"),
    ] {
        let mut command = Command::new("ssh-keygen");
        let output = command
            .args(["-q", "-t", "ed25519", "-C", name, "-N", passphrase, "-f"])
            .arg(dir.join(name))
            .output()?;
        if !output.status.success() {
            bail!("ssh-keygen: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    let mut authorized = fs::read_to_string(dir.join("client.pub"))?;
    authorized.push_str(&fs::read_to_string(dir.join("locked.pub"))?);
    fs::write(dir.join("authorized_keys"), authorized)?;
    let d = dir.display();
    let conf = format!(
        "ListenAddress 127.0.0.1\n\
         Port {port}\n\
         HostKey {d}/host\n\
         PidFile none\n\
         AuthorizedKeysFile {d}/authorized_keys\n\
         PermitRootLogin yes\n\
         PasswordAuthentication yes\n\
         KbdInteractiveAuthentication no\n\
         UsePAM no\n\
         StrictModes no\n\
         X11Forwarding no\n\
         AllowTcpForwarding no\n\
         MaxStartups 100\n\
         Subsystem sftp internal-sftp\n\
         ForceCommand internal-sftp -d {d}/box\n"
    );
    Ok(fs::write(dir.join("sshd_config"), conf)?)
}

/// A free port, ours as long as the file is open (it is locked).
fn free_port() -> Result<(File, u16)> {
    let locks = std::env::temp_dir().join("backhaul-test-ports");
    fs::create_dir_all(&locks)?;
    for port in FIRST_PORT..FIRST_PORT + 1_000 {
        let lock = File::create(locks.join(port.to_string()))?;
        let free = || TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)).is_ok();
        if lock.try_lock().is_ok() && free() {
            return Ok((lock, port));
        }
    }
    bail!("no free port from {FIRST_PORT} on")
}
