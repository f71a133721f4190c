//! A private PostgreSQL for tests: a real server on a loopback port of its own, with its own data, `fsync` on.
//!
//! - One shared server per test process ([`Postgres::shared`]), one database per test ([`Postgres::database`]);
//!   a test that kills its server takes one of its own ([`Postgres::start_own`]).
//! - Nothing stays behind: the server runs under a small shell that reads orders from a pipe; when the test process
//!   ends, however it ends, the pipe closes and the shell stops the server and deletes its data.
//! - The server refuses to run as root, so root runs it as the user `postgres`. Anybody else runs it as himself.
//! - Debian's package is installed when it is missing and we may (root and apt-get).

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::ports;

/// How long a server may take to start (two slow cores, several test processes).
const START: Duration = Duration::from_mins(1);
/// Debian keeps each major version in a folder of its own.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Takes orders from standard input until it closes, and repeats each when it is done. `$1` is the directory; the
/// rest is the server's command line.
const WATCHDOG: &str = r#"
trap '' INT TERM HUP PIPE
dir=$1; shift
cd "$dir" || exit 1
server=
end() { [ -n "$server" ] && kill -s "$1" "$server" 2>/dev/null && wait "$server"; server=; }
while read -r order; do
  case $order in
    start) "$@" >>log 2>&1 </dev/null & server=$! ;;
    stop) end INT ;;
    kill) end QUIT ;;
  esac
  echo "$order"
done
end QUIT
cd / && rm -rf "$dir"
"#;

/// A running server. Dropped, it is stopped and its data deleted.
#[derive(Debug)]
pub struct Postgres(Arc<Server>);

#[derive(Debug)]
struct Server {
    bin: PathBuf,
    dir: PathBuf,
    port: u16,
    orders: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
    watchdog: Mutex<Child>,
    databases: AtomicU32,
}

impl Postgres {
    /// The one server of this test process; the first caller starts it.
    ///
    /// # Errors
    /// When it cannot be installed or started; the same for every caller.
    pub async fn shared() -> Result<&'static Self> {
        static SHARED: tokio::sync::OnceCell<Result<Postgres, String>> =
            tokio::sync::OnceCell::const_new();
        let start = || async {
            Self::start_own()
                .await
                .map_err(|error| format!("{error:#}"))
        };
        SHARED
            .get_or_init(start)
            .await
            .as_ref()
            .map_err(|error| anyhow!("{error}"))
    }

    /// A server of one's own, to kill and restart.
    ///
    /// # Errors
    /// When it cannot be installed or started.
    pub async fn start_own() -> Result<Self> {
        let server = tokio::task::spawn_blocking(|| {
            let bin = installed()?;
            let started = Server::start(bin.clone());
            // Somebody may have taken the port between our look and the start.
            started.or_else(|_| Server::start(bin))
        });
        Ok(Self(Arc::new(server.await??)))
    }

    /// Makes an empty database whose name begins with `name` (letters, digits, `_`), and returns its URL.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn database(&self, name: &str) -> Result<String> {
        let database = format!(
            "{name}_{}",
            self.0.databases.fetch_add(1, Ordering::Relaxed)
        );
        let url = format!("postgres://postgres@127.0.0.1:{}/{database}", self.0.port);
        self.blocking(move |server| {
            let mut psql = server.client("psql");
            psql.args(["-d", "postgres", "-qX", "-v", "ON_ERROR_STOP=1", "-c"]);
            run(psql.arg(format!("CREATE DATABASE \"{database}\" TEMPLATE template0")))
        })
        .await?;
        Ok(url)
    }

    /// Port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// Ends the server at once, as a crash does: clients are cut off, and the next start recovers from the log.
    ///
    /// # Errors
    /// When its watchdog is gone.
    pub async fn kill(&self) -> Result<()> {
        self.blocking(|server| server.order("kill")).await
    }

    /// Process ids of the server and of what it started, while it runs.
    pub fn pids(&self) -> Vec<u32> {
        let file = self.0.dir.join("data/postmaster.pid");
        let text = fs::read_to_string(file).unwrap_or_default();
        let Some(first) = text
            .lines()
            .next()
            .and_then(|line| line.trim().parse().ok())
        else {
            return Vec::new();
        };
        let mut pids = vec![first];
        pids.extend(crate::processes::children(first));
        pids
    }

    /// Cuts off every client, and goes on.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn cut_clients(&self) -> Result<()> {
        self.blocking(|server| {
            let mut psql = server.client("psql");
            psql.args(["-d", "postgres", "-qXt", "-v", "ON_ERROR_STOP=1", "-c"]);
            let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
            run(psql.arg(cut))
        })
        .await
    }

    /// Runs a statement in the database of that URL, as [`Postgres::database`] gives it.
    ///
    /// # Errors
    /// When the server does not answer, or refuses the statement.
    pub async fn run(&self, url: &str, sql: &str) -> Result<()> {
        let (url, sql) = (url.to_owned(), sql.to_owned());
        self.blocking(move |server| {
            let mut psql = server.client("psql");
            psql.args(["-d", &url, "-qX", "-v", "ON_ERROR_STOP=1", "-c", &sql]);
            run(&mut psql)
        })
        .await
    }

    /// Starts the server again after [`Postgres::kill`], and waits until it answers. Stops it first if it runs.
    ///
    /// # Errors
    /// When it does not start; with the end of its log.
    pub async fn restart(&self) -> Result<()> {
        self.blocking(Server::restart).await
    }

    async fn blocking(
        &self,
        work: impl FnOnce(&Server) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let server = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || work(&server)).await?
    }
}

impl Server {
    fn start(bin: PathBuf) -> Result<Self> {
        let port = ports::free()?;
        let dir = tempfile::Builder::new()
            .prefix("backhaul-postgres-")
            .tempdir()?
            .keep();
        let user = Identity::of(&dir)?;
        // The folder belongs to the server from here on, and the watchdog deletes it.
        let mut command = user.command(&bin.join("postgres"));
        command
            .arg("-D")
            .arg(dir.join("data"))
            .args(["-p", &port.to_string()]);
        for setting in settings(&dir) {
            command.arg("-c").arg(setting);
        }
        let mut watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "sh"])
            .arg(&dir)
            .arg(command.get_program())
            .args(command.get_args())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting the server's watchdog")?;
        let pipes = watchdog.stdin.take().zip(watchdog.stdout.take());
        let server = Self {
            bin,
            dir,
            port,
            orders: Mutex::new(pipes.map(|(orders, done)| (orders, BufReader::new(done)))),
            watchdog: Mutex::new(watchdog),
            databases: AtomicU32::new(0),
        };
        let mut initdb = user.command(&server.bin.join("initdb"));
        initdb.arg("-D").arg(server.dir.join("data"));
        initdb.args([
            "-U",
            "postgres",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        run(initdb.current_dir(&server.dir))?;
        server.restart()?;
        Ok(server)
    }

    fn restart(&self) -> Result<()> {
        self.order("stop")?;
        self.order("start")?;
        let deadline = Instant::now() + START;
        while run(self.client("pg_isready").arg("-q")).is_err() {
            if Instant::now() > deadline {
                let log = fs::read_to_string(self.dir.join("log")).unwrap_or_default();
                let lines: Vec<&str> = log.lines().rev().take(10).collect();
                let end: Vec<&str> = lines.into_iter().rev().collect();
                bail!(
                    "PostgreSQL does not answer on port {}:\n{}",
                    self.port,
                    end.join("\n")
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        let port = self.port.to_string();
        command.args(["-h", "127.0.0.1", "-p", &port, "-U", "postgres"]);
        command
    }

    fn order(&self, word: &str) -> Result<()> {
        let mut pipes = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let (orders, done) = pipes.as_mut().context("the server's watchdog is gone")?;
        writeln!(orders, "{word}").context("giving the server's watchdog an order")?;
        let mut answer = String::new();
        done.read_line(&mut answer)
            .context("waiting for the server's watchdog")?;
        if answer.trim_end() == word {
            Ok(())
        } else {
            bail!("the server's watchdog is gone")
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pipes = self
            .orders
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        drop(pipes.take());
        self.watchdog
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .wait()
            .ok();
    }
}

fn settings(dir: &Path) -> [String; 7] {
    [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", dir.display()),
        "max_connections=200".to_owned(),
        "shared_buffers=64MB".to_owned(),
        "deadlock_timeout=200ms".to_owned(),
        "logging_collector=off".to_owned(),
        "ssl=off".to_owned(),
    ]
}

/// As whom the server runs.
enum Identity {
    Myself,
    Postgres,
}

impl Identity {
    /// Gives the folder to whoever runs the server.
    fn of(dir: &Path) -> Result<Self> {
        if !is_root()? {
            return Ok(Self::Myself);
        }
        let users = fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
        let line = users.lines().find(|line| line.starts_with("postgres:"));
        let mut ids = line.into_iter().flat_map(|line| line.split(':').skip(2));
        let mut id = || ids.next().and_then(|id| id.parse().ok());
        let (uid, gid) = id()
            .zip(id())
            .context("root needs a user `postgres` to run it")?;
        chown(dir, Some(uid), Some(gid)).context("giving the folder to the user postgres")?;
        Ok(Self::Postgres)
    }

    fn command(&self, program: &Path) -> Command {
        match self {
            Self::Myself => Command::new(program),
            Self::Postgres => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
                command.arg(program);
                command
            }
        }
    }
}

fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self")
        .context("asking who we are")?
        .uid()
        == 0)
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("running {}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    bail!(
        "{} failed: {}",
        command.get_program().display(),
        text.trim()
    )
}

/// The folder of the programs; installs them if need be.
fn installed() -> Result<PathBuf> {
    if let Some(bin) = found() {
        return Ok(bin);
    }
    let apt = Path::new("/usr/bin/apt-get").exists();
    if !(apt && is_root()?) {
        bail!("PostgreSQL is not installed: install the package postgresql (as root)");
    }
    // One installs, the others wait. No cluster is made: the tests make their own.
    let script = "set -e
        [ -n \"$(ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null)\" ] && exit 0
        mkdir -p /etc/postgresql-common
        conf=/etc/postgresql-common/createcluster.conf
        [ -e $conf ] || echo 'create_main_cluster = false' > $conf
        apt-get update -q
        DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends postgresql";
    let lock = std::env::temp_dir().join("backhaul-install-postgresql.lock");
    run(Command::new("flock").arg(lock).args(["sh", "-c", script]))?;
    found().context("the package postgresql is installed, and its server is not there")
}

/// The newest of Debian's, or whatever is on the path.
fn found() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| {
            entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse::<u32>().ok())
        })
        .filter(|version| is_bin(&Path::new(DEBIAN).join(format!("{version}/bin"))))
        .max();
    if let Some(version) = newest {
        return Some(Path::new(DEBIAN).join(format!("{version}/bin")));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|dir| is_bin(dir))
}

fn is_bin(dir: &Path) -> bool {
    dir.join("postgres").exists() && dir.join("initdb").exists()
}
