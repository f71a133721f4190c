//! A private RabbitMQ for tests: a real server on loopback ports of its own, with its own home, cookie and data.
//!
//! - One shared server per test process ([`Rabbit::shared`]), one virtual host per test ([`Rabbit::vhost`]);
//!   a test that kills or blocks its server takes one of its own ([`Rabbit::start_own`]).
//! - Nothing stays behind: the server runs under a small shell that reads orders from a pipe; when the test process
//!   ends, however it ends, the pipe closes and the shell kills the server and deletes its data.
//! - Debian's package is installed when it is missing and we may (root and apt-get).

use std::fs::{self, File};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::debian;

/// How long a server may take to start (two slow cores, several test processes).
const START: Duration = Duration::from_mins(3);
/// Ports per server: AMQP, management, Erlang distribution, epmd.
const PORTS: u16 = 4;
/// Below the range from which clients get their ports, so that a port stays ours while the server is down.
const FIRST_PORT: u16 = 21_000;
/// guest:guest
const BASIC: &str = "Basic Z3Vlc3Q6Z3Vlc3Q=";

/// Takes orders from standard input until it closes. `$1` is the directory, `$2` the program.
const WATCHDOG: &str = r#"
trap '' INT TERM HUP
cd "$1" || exit 1
setsid epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 -relaxed_command_check >/dev/null 2>&1 &
epmd=$!
node=
end() { [ -n "$node" ] && kill -s KILL -- "-$node" 2>/dev/null; wait "$node" 2>/dev/null; node=; }
while read -r order; do
  case $order in
    start) setsid "$2" >>stdout 2>&1 </dev/null & node=$! ;;
    kill) end ;;
  esac
done
end
kill -s KILL -- "-$epmd" 2>/dev/null
cd / && rm -rf "$1"
"#;

/// A running server. Dropped, it is killed.
#[derive(Debug)]
pub struct Rabbit {
    dir: PathBuf,
    bin: PathBuf,
    port: u16,
    /// Port of the cluster's first node, whose cookie and port mapper the others share.
    seat: u16,
    orders: Mutex<Option<ChildStdin>>,
    watchdog: Mutex<Child>,
    vhosts: AtomicU32,
    _ports: File,
}

impl Rabbit {
    /// The one server of this test process; the first caller starts it.
    ///
    /// # Errors
    /// When it cannot be installed or started; the same for every caller.
    pub async fn shared() -> Result<&'static Self> {
        static SHARED: tokio::sync::OnceCell<Result<Rabbit, String>> =
            tokio::sync::OnceCell::const_new();
        let start = || async { Self::start_own().await.map_err(|e| format!("{e:#}")) };
        SHARED
            .get_or_init(start)
            .await
            .as_ref()
            .map_err(|e| anyhow!("{e}"))
    }

    /// A server of one's own, to kill, restart or block.
    pub async fn start_own() -> Result<Self> {
        Self::start_beside(None).await
    }

    /// A cluster of so many nodes of one's own. Virtual hosts made at the first are on all of them.
    ///
    /// # Errors
    /// When a node does not start, or does not join.
    pub async fn start_cluster(nodes: usize) -> Result<Vec<Self>> {
        let first = Self::start_own().await?;
        let seat = first.port;
        let mut cluster = vec![first];
        while cluster.len() < nodes {
            let next = Self::start_beside(Some(seat)).await?;
            let name = node(seat);
            for order in [&["stop_app"][..], &["join_cluster", &name], &["start_app"]] {
                next.ctl(order).await?;
            }
            cluster.push(next);
        }
        Ok(cluster)
    }

    async fn start_beside(seat: Option<u16>) -> Result<Self> {
        let bin = tokio::task::spawn_blocking(installed).await??;
        let mut tried = 0;
        loop {
            tried += 1;
            let rabbit = Self::prepare(bin.clone(), seat)?;
            match rabbit.restart().await {
                Ok(()) => return Ok(rabbit),
                Err(error) if tried == 2 => return Err(error),
                Err(_) => {}
            }
        }
    }

    fn prepare(bin: PathBuf, seat: Option<u16>) -> Result<Self> {
        let (ports, port) = free_ports()?;
        let seat = seat.unwrap_or(port);
        let dir = tempfile::Builder::new()
            .prefix("backhaul-rabbit-")
            .tempdir()?
            .keep();
        write_files(&dir, port, seat)?;
        let mut watchdog = environment(&mut Command::new("sh"), &dir, port, seat)
            .args(["-c", WATCHDOG, "sh"])
            .arg(&dir)
            .arg(bin.join("rabbitmq-server"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting the server's watchdog")?;
        let orders = Mutex::new(watchdog.stdin.take());
        let (watchdog, vhosts) = (Mutex::new(watchdog), AtomicU32::new(0));
        Ok(Self {
            dir,
            bin,
            port,
            seat,
            orders,
            watchdog,
            vhosts,
            _ports: ports,
        })
    }

    /// Makes an empty virtual host whose name begins with `name` (letters, digits, `-`), and returns its AMQP URL.
    pub async fn vhost(&self, name: &str) -> Result<String> {
        let vhost = format!("{name}-{}", self.vhosts.fetch_add(1, Ordering::Relaxed));
        self.api("PUT", &format!("/api/vhosts/{vhost}"), "").await?;
        let all = r#"{"configure":".*","write":".*","read":".*"}"#;
        self.api("PUT", &format!("/api/permissions/{vhost}/guest"), all)
            .await?;
        Ok(format!(
            "amqp://guest:guest@127.0.0.1:{}/{vhost}",
            self.port
        ))
    }

    /// Port for AMQP on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Process id of the server while it runs.
    pub fn pid(&self) -> Option<u32> {
        let text = fs::read_to_string(self.dir.join("beam.pid")).ok()?;
        text.trim().parse().ok()
    }

    /// Asks the management API; the answer's body.
    ///
    /// # Errors
    /// When the status is not 2xx.
    pub async fn api(&self, method: &str, path: &str, body: &str) -> Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port + 1)).await?;
        let request = format!(
            "{method} {path} HTTP/1.0\r\nauthorization: {BASIC}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).unwrap_or_default();
        if !status.starts_with('2') {
            bail!("{method} {path}: {}", answer.trim());
        }
        Ok(body.to_owned())
    }

    /// Runs `rabbitmqctl` with these arguments; what it printed.
    pub async fn ctl(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(self.bin.join("rabbitmqctl"));
        environment(&mut command, &self.dir, self.port, self.seat)
            .args(["-q", "-n", &node(self.port)])
            .args(arguments);
        let output = tokio::process::Command::from(command).output().await?;
        if !output.status.success() {
            bail!(
                "rabbitmqctl {arguments:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// SIGKILL for the server; returns when its port is closed.
    pub async fn kill(&self) -> Result<()> {
        self.order("kill")?;
        let until = Instant::now() + START;
        while self.answers().await {
            if Instant::now() > until {
                bail!("the server does not die");
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Starts the server (again, on the same data and ports); returns when it is ready.
    ///
    /// # Errors
    /// With the end of its output, when it is not ready in time.
    pub async fn restart(&self) -> Result<()> {
        let log = self.dir.join(format!("log/{}.log", node(self.port)));
        let seen = fs::metadata(&log).map_or(0, |m| usize::try_from(m.len()).unwrap_or(usize::MAX));
        self.order("start")?;
        let until = Instant::now() + START;
        loop {
            sleep(Duration::from_millis(50)).await;
            let written = fs::read(&log).unwrap_or_default();
            let new = String::from_utf8_lossy(written.get(seen..).unwrap_or_default());
            if new.contains("Server startup complete") && self.answers().await {
                return Ok(());
            }
            let failed = new.contains("BOOT FAILED");
            if failed || Instant::now() > until {
                let output = fs::read_to_string(self.dir.join("stdout")).unwrap_or_default();
                bail!("the private RabbitMQ did not start:\n{output}\n{new}");
            }
        }
    }

    async fn answers(&self) -> bool {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
            .await
            .is_ok()
    }

    fn order(&self, order: &str) -> Result<()> {
        let mut pipe = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let pipe = pipe.as_mut().context("the watchdog is gone")?;
        writeln!(pipe, "{order}").context("the watchdog is gone")
    }
}

impl Drop for Rabbit {
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

fn node(port: u16) -> String {
    format!("backhaul{port}@localhost")
}

/// Everything the server would otherwise look for in shared places.
fn environment<'a>(command: &'a mut Command, dir: &Path, port: u16, seat: u16) -> &'a mut Command {
    let loopback = "-kernel inet_dist_use_interface {127,0,0,1}";
    command
        .env("HOME", dir.join("home"))
        .env("RABBITMQ_NODENAME", node(port))
        .env("RABBITMQ_USE_LONGNAME", "false")
        .env("RABBITMQ_DIST_PORT", (port + 2).to_string())
        .env("ERL_EPMD_PORT", (seat + 3).to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_BASE", dir)
        .env("RABBITMQ_MNESIA_BASE", dir.join("mnesia"))
        .env("RABBITMQ_LOG_BASE", dir.join("log"))
        .env("RABBITMQ_SCHEMA_DIR", dir.join("schema"))
        .env("RABBITMQ_GENERATED_CONFIG_DIR", dir.join("config"))
        .env("RABBITMQ_CONFIG_FILE", dir.join("rabbitmq.conf"))
        .env("RABBITMQ_ADVANCED_CONFIG_FILE", dir.join("advanced.config"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", dir.join("enabled_plugins"))
        .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
        .env("RABBITMQ_PID_FILE", dir.join("beam.pid"))
        .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", loopback)
        .env("RABBITMQ_CTL_ERL_ARGS", loopback)
        .env("ERL_CRASH_DUMP_SECONDS", "0")
}

/// Memory above which a node keeps publishers out, as `rabbitmqctl set_vm_memory_high_watermark absolute` takes it.
pub const WATERMARK: &str = "1GB";

/// What quorum queues of a node may hold in memory before they write it to their segments: far below the watermark, which
/// RabbitMQ's 512 MiB are not (<https://www.rabbitmq.com/docs/quorum-queues#resource-use>).
const WAL_BYTES: u32 = 64 * 1024 * 1024;

fn write_files(dir: &Path, port: u16, seat: u16) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::create_dir_all(dir.join("home"))?;
    let cookie = dir.join("home/.erlang.cookie");
    fs::write(&cookie, format!("backhaul{seat}"))?;
    fs::set_permissions(&cookie, fs::Permissions::from_mode(0o400))?;
    fs::write(dir.join("enabled_plugins"), "[rabbitmq_management].\n")?;
    fs::write(dir.join("advanced.config"), "[].\n")?;
    let conf = format!(
        "listeners.tcp.default = 127.0.0.1:{port}\n\
         management.tcp.ip = 127.0.0.1\n\
         management.tcp.port = {}\n\
         vm_memory_high_watermark.absolute = {WATERMARK}\n\
         raft.wal_max_size_bytes = {WAL_BYTES}\n\
         disk_free_limit.absolute = 50MB\n\
         log.console = false\n\
         log.file.level = info\n",
        port + 1
    );
    Ok(fs::write(dir.join("rabbitmq.conf"), conf)?)
}

/// A block of free ports, ours as long as the file is open (it is locked).
fn free_ports() -> Result<(File, u16)> {
    let locks = std::env::temp_dir().join("backhaul-test-ports");
    fs::create_dir_all(&locks)?;
    for block in 0..500 {
        let first = FIRST_PORT + block * PORTS;
        let lock = File::create(locks.join(first.to_string()))?;
        let free = |port| TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)).is_ok();
        if lock.try_lock().is_ok() && (first..first + PORTS).all(free) {
            return Ok((lock, first));
        }
    }
    bail!("no free ports from {FIRST_PORT} on")
}

/// The folder with RabbitMQ's programs; installs Debian's package when there is none and we may.
fn installed() -> Result<PathBuf> {
    static INSTALLED: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let find_or_install = || {
        if let Some(bin) = find() {
            return Ok(bin);
        }
        let lock = File::create(std::env::temp_dir().join("backhaul-rabbitmq-install"))
            .map_err(|e| e.to_string())?;
        lock.lock().map_err(|e| e.to_string())?;
        if find().is_none() {
            debian::install("rabbitmq-server").map_err(|e| format!("{e:#}"))?;
        }
        find().ok_or_else(|| "rabbitmq-server was installed but is not found".to_owned())
    };
    INSTALLED
        .get_or_init(find_or_install)
        .clone()
        .map_err(|e| anyhow!("{e}"))
}

fn find() -> Option<PathBuf> {
    // Debian's programs in PATH are wrappers that insist on the system's user; these are what they wrap.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = vec![PathBuf::from("/usr/lib/rabbitmq/bin")];
    folders.extend(std::env::split_paths(&path));
    folders
        .into_iter()
        .find(|f| f.join("rabbitmq-server").is_file() && f.join("rabbitmqctl").is_file())
}
