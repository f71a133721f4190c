//! A page of the documentation, followed line by line.
//!
//! The page itself decides what happens: a fenced block with a file's name behind its language is written to that file, an `sh`
//! block is run by `bash -e`, and each line of a `text` block must be in what the `sh` block before it printed (`…` stands
//! for anything). Two things only are not the page's: its ports are replaced by free ones, and what runs in the background
//! is ended at the end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "for tests"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long one block of commands may take, and all of them.
const BLOCK: Duration = Duration::from_mins(1);
const WHOLE: Duration = Duration::from_mins(2);
/// Where a page's servers listen.
const HOST: &str = "127.0.0.1:";

/// Follows the page at that path of the repository with that program as `backhaul`; it must have so many blocks of commands.
///
/// # Panics
/// When something is not as the page says, with its line.
pub fn follow(page: &'static str, program: &str, commands: usize) {
    let began = Instant::now();
    let text = fs::read_to_string(crate::root().join(page)).unwrap();
    let blocks = blocks(&with_free_ports(&text));
    let ran = blocks.iter().filter(|b| matches!(b.kind, Kind::Run));
    assert!(ran.count() >= commands, "the page has hardly any commands");
    let mut place = Place::new(page, program);
    let mut printed = None;
    for block in &blocks {
        match &block.kind {
            Kind::Write(name) => place.write(name, &block.text),
            Kind::Run => printed = Some(place.run(block)),
            Kind::Expect => {
                let printed = printed.as_deref().expect("a text block behind commands");
                expect(page, block, printed);
            }
            Kind::Shown => {}
        }
        let took = began.elapsed();
        assert!(took < WHOLE, "line {}: {took:?} gone", block.line);
    }
    println!("{page}: {} blocks in {:?}", blocks.len(), began.elapsed());
}

/// What a fenced block is for.
enum Kind {
    /// The content of that file.
    Write(String),
    /// Commands.
    Run,
    /// What they print.
    Expect,
    /// For readers alone.
    Shown,
}

/// A fenced block.
struct Block {
    kind: Kind,
    /// Line of the page at which it begins.
    line: usize,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut all = Vec::new();
    let mut open: Option<Block> = None;
    for (position, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(info), None) => {
                let kind = kind(info.trim(), position + 1);
                let (line, text) = (position + 1, String::new());
                open = Some(Block { kind, line, text });
            }
            (Some(_), Some(_)) => all.extend(open.take()),
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block of the page does not end");
    all
}

fn kind(info: &str, line: usize) -> Kind {
    match info.split_once(' ') {
        Some((_, name)) => Kind::Write(name.to_owned()),
        None => match info {
            "sh" => Kind::Run,
            "text" => Kind::Expect,
            "" | "console" => Kind::Shown,
            other => panic!("line {line}: what is a block of {other:?} without a name?"),
        },
    }
}

/// The page with other ports: the same one for the same one.
fn with_free_ports(page: &str) -> String {
    let mut taken: BTreeMap<String, TcpListener> = BTreeMap::new();
    let mut out = String::new();
    let mut parts = page.split(HOST);
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let port = part.strip_suffix(rest).unwrap_or_default();
        let listener = taken
            .entry(port.to_owned())
            .or_insert_with(|| TcpListener::bind((HOST.trim_end_matches(':'), 0)).unwrap());
        let free = listener.local_addr().unwrap().port();
        write!(out, "{HOST}{free}{rest}").unwrap();
    }
    assert!(!taken.is_empty(), "the page has no ports");
    out
}

/// The reader's folder, beside a checkout, with the command on the path.
struct Place {
    page: &'static str,
    around: TempDir,
    path: String,
    /// Shells, each the leader of a group in which its background processes are.
    shells: Vec<Child>,
}

impl Place {
    fn new(page: &'static str, program: &str) -> Self {
        let around = tempfile::tempdir().unwrap();
        let bin = around.path().join("bin");
        fs::create_dir(&bin).unwrap();
        fs::create_dir(around.path().join("site")).unwrap();
        symlink(program, bin.join("backhaul")).unwrap();
        symlink(crate::root(), around.path().join("backhaul")).unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{path}", bin.display());
        Self {
            page,
            around,
            path,
            shells: Vec::new(),
        }
    }

    fn folder(&self) -> PathBuf {
        self.around.path().join("site")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder().join(name);
        let shown = Path::new(name).components().count();
        assert_eq!(shown, 1, "{name}: a file beside the configuration");
        fs::write(path, text).unwrap();
    }

    /// Runs a block; what it printed. It must end well.
    fn run(&mut self, block: &Block) -> String {
        let line = block.line;
        let output = self.around.path().join(format!("printed-{line}"));
        let to = File::create(&output).unwrap();
        let child = Command::new("bash")
            .args(["-e", "-c", &block.text])
            .current_dir(self.folder())
            .env("PATH", &self.path)
            .env_remove("BACKHAUL_CONFIG")
            .stdin(Stdio::null())
            .stdout(to.try_clone().unwrap())
            .stderr(to)
            .process_group(0)
            .spawn()
            .expect("bash");
        self.shells.push(child);
        let shell = self.shells.last_mut().unwrap();
        let deadline = Instant::now() + BLOCK;
        let ended = loop {
            if let Some(status) = shell.try_wait().unwrap() {
                break Some(status);
            }
            if Instant::now() > deadline {
                break None;
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let printed = fs::read(&output).unwrap();
        let printed = String::from_utf8_lossy(&printed).into_owned();
        if ended.is_none_or(|status| !status.success()) {
            let how = ended.map_or_else(|| "not ended".to_owned(), |status| status.to_string());
            panic!(
                "{}:{line}: {how}\n{}\n{printed}\n{}",
                self.page,
                block.text,
                self.logs()
            );
        }
        printed
    }

    /// The ends of everything that was logged.
    fn logs(&self) -> String {
        let mut all = String::new();
        for path in crate::files(&self.folder(), "log") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let last = lines.iter().skip(lines.len().saturating_sub(15));
            let last: Vec<&str> = last.copied().collect();
            writeln!(all, "== {}\n{}", path.display(), last.join("\n")).unwrap();
        }
        all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for signal in ["-TERM", "-KILL"] {
            for shell in &self.shells {
                let group = format!("-{}", shell.id());
                let kill = Command::new("kill")
                    .args([signal, "--", &group])
                    .stderr(Stdio::null())
                    .status();
                drop(kill);
            }
            std::thread::sleep(Duration::from_millis(300));
        }
        for shell in &mut self.shells {
            drop(shell.wait());
        }
    }
}

/// Each expected line is in what was printed, each in a line of its own; `…` alone says that there is more.
fn expect(page: &str, block: &Block, printed: &str) {
    let mut left: Vec<&str> = printed.lines().collect();
    for expected in block.text.lines().filter(|line| line.trim() != "…") {
        let Some(found) = left.iter().position(|line| fits(expected, line)) else {
            panic!(
                "{page}:{}: not printed: {expected}\nprinted was:\n{printed}",
                block.line
            );
        };
        left.remove(found);
    }
}

/// Whether a line is as expected; `…` stands for anything, any blanks for any blanks.
fn fits(expected: &str, line: &str) -> bool {
    let (expected, line) = (plain(expected), plain(line));
    let mut parts = expected.split('…').map(str::trim);
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else {
            return false;
        };
        rest = behind;
    }
    rest.ends_with(last)
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn lines_fit_with_gaps() {
    assert!(fits("ok: 0 problems, …", "ok: 0 problems, 1 warnings"));
    assert!(fits("│ a ┆ … ┆ c │", "│ a     ┆ b ┆ c  │"));
    assert!(!fits("ok: 0 problems", "ok: 0 problems, 1 warnings"));
    assert!(!fits("… b … c", "a c b"));
}
