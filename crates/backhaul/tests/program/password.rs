//! The prompt for a password, on a real terminal: nothing is shown, and whoever is stopped leaves a terminal that shows again.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rustix::fd::OwnedFd;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

/// A terminal: the end of whoever types.
struct Terminal {
    typist: File,
    /// Keeps it open between programs.
    screen: File,
}

impl Terminal {
    fn new() -> Self {
        let typist: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&typist).unwrap();
        unlockpt(&typist).unwrap();
        let name = ptsname(&typist, Vec::new()).unwrap();
        let path = Path::new(OsStr::from_bytes(name.as_bytes()));
        let screen = OpenOptions::new().read(true).write(true).open(path);
        Self {
            typist: typist.into(),
            screen: screen.unwrap(),
        }
    }

    fn shows(&self) -> bool {
        let modes = tcgetattr(&self.screen).unwrap();
        modes.local_modes.contains(LocalModes::ECHO)
    }

    /// Waits for a program that reads a password.
    fn wait_until_silent(&self) {
        for _ in 0..3_000 {
            if !self.shows() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("nobody asks for a password");
    }

    fn types(&mut self, line: &str) {
        self.typist.write_all(line.as_bytes()).unwrap();
    }
}

fn add(folder: &Path, terminal: &Terminal) -> Child {
    let file = folder.join("backhaul.toml");
    let text = "[broker]\nurl = \"embedded:queue.db\"\n[store]\nurl = \"sqlite:backhaul.db\"\n";
    std::fs::write(&file, text).unwrap();
    Command::new(env!("CARGO_BIN_EXE_backhaul"))
        .args(["user", "add", "ada", "--role", "viewer", "--by", "root"])
        .arg("--config")
        .arg(&file)
        .stdin(terminal.screen.try_clone().unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn whoever_is_stopped_leaves_a_terminal_that_shows_again() {
    for stop in ["-INT", "-TERM", "-HUP"] {
        let folder = tempfile::tempdir().unwrap();
        let terminal = Terminal::new();
        assert!(terminal.shows());
        let child = add(folder.path(), &terminal);
        terminal.wait_until_silent();
        let id = child.id().to_string();
        let killed = Command::new("kill").args([stop, &id]).status().unwrap();
        assert!(killed.success());
        let output = child.wait_with_output().unwrap();
        assert!(terminal.shows(), "{stop}: {}", said(&output));
        assert_eq!(output.status.code(), Some(1), "{stop}: {}", said(&output));
        assert!(said(&output).contains("nothing was done"), "{stop}");
    }
}

#[test]
fn a_password_is_typed_twice_and_shown_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::new();
    let child = add(folder.path(), &terminal);
    terminal.wait_until_silent();
    terminal.types("correct horse battery\n");
    terminal.types("correct horse battery\n");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(terminal.shows());
    // What was shown: the terminal gives it to whoever types.
    drop(terminal.screen);
    let mut shown = Vec::new();
    // A terminal without programs ends in an error.
    terminal.typist.read_to_end(&mut shown).ok();
    let shown = String::from_utf8_lossy(&shown);
    assert!(!shown.contains("horse"), "{shown}");
}
