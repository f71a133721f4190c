//! Tryton, from a fresh copy of its database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::tether::{Tethered, free_port};

/// A running ERP.
pub(crate) struct Server {
    /// Its port.
    pub(crate) port: u16,
    /// Key of its REST application.
    pub(crate) key: String,
    /// Where the scripts of the test peers lie.
    pub(crate) peers: PathBuf,
    // Ended in this order: the folder goes last.
    _tryton: Tethered,
    pub(crate) folder: TempDir,
}

impl Server {
    /// Started. `None` where there are no test peers, or where Tryton cannot be installed (no package registry).
    pub(crate) async fn start() -> Option<Self> {
        let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/peers");
        let home = std::env::var("HOME").ok()?;
        if !peers.join("erp-tryton/setup.sh").exists() {
            return None;
        }
        let cache = Path::new(&home).join(".cache/backhaul-peers");
        let seed = seeded(&peers, &cache)?;
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let db = folder.path().join("db");
        fs::create_dir(&db).unwrap();
        fs::copy(seed.join("seed.sqlite"), db.join("erp.sqlite")).unwrap();
        let conf = folder.path().join("trytond.conf");
        let text = format!(
            "[database]\nuri = sqlite://\npath = {}\n[web]\nlisten = 127.0.0.1:{port}\n[session]\nsuper_pwd = unused\n",
            db.display()
        );
        fs::write(&conf, text).unwrap();
        let program = cache.join("tryton/bin/trytond");
        let words = [program.as_os_str(), "-c".as_ref(), conf.as_os_str()];
        let words = [&words[..], &["-d".as_ref(), "erp".as_ref(), "-v".as_ref()]].concat();
        let ready = format!("Running on http://127.0.0.1:{port}");
        let tryton = Tethered::start(&words, &folder.path().join("tryton.log"), &ready).await;
        let key = fs::read_to_string(seed.join("rest.key")).unwrap();
        Some(Self {
            port,
            key: key.trim().to_owned(),
            peers,
            _tryton: tryton,
            folder,
        })
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/erp", self.port)
    }
}

/// Folder with the seeded database; made on the first run. By year, as the database has the fiscal year of its making.
fn seeded(peers: &Path, cache: &Path) -> Option<PathBuf> {
    let seed = cache.join(format!("tryton-run-{}", jiff::Zoned::now().year()));
    fs::create_dir_all(cache).unwrap();
    // Several runs may come upon an empty cache: one sets up, the others wait.
    let script = "test -f \"$TRYTON_RUN/seed.sqlite\" || timeout 420 \"$1\"";
    let mut setup = Command::new("flock");
    setup
        .arg(cache.join("tryton-setup.lock"))
        .args(["bash", "-c", script, "bash"])
        .arg(peers.join("erp-tryton/setup.sh"))
        .env("TRYTON_RUN", &seed)
        .stdin(Stdio::null());
    let output = setup.output().expect("flock runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let is_made = seed.join("seed.sqlite").exists();
    if !is_made {
        println!("Tryton could not be set up: {said}");
    }
    is_made.then_some(seed)
}
