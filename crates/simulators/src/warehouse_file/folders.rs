//! The folders: what is put there, half or whole, and what is taken from there.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Config;

/// Endings of files that somebody is writing.
const UNFINISHED: [&str; 3] = [".tmp", ".part", ".filepart"];

/// The three folders.
#[derive(Debug)]
pub(super) struct Folders {
    pub(super) inbox: PathBuf,
    pub(super) outbox: PathBuf,
    taken: PathBuf,
    in_place: bool,
}

/// Size and time of the files seen at the last look: one that still changes is not read.
#[derive(Debug, Default)]
pub(super) struct Seen(HashMap<String, (u64, Option<SystemTime>)>);

impl Folders {
    /// Makes what is missing.
    pub(super) fn open(config: &Config) -> io::Result<Self> {
        let folders = Self {
            inbox: config.root.join(&config.in_folder),
            outbox: config.root.join(&config.out_folder),
            taken: config.root.join(&config.taken_folder),
            in_place: config.writes_in_place(),
        };
        for folder in [&folders.inbox, &folders.outbox, &folders.taken] {
            fs::create_dir_all(folder)?;
        }
        Ok(folders)
    }

    /// Where a file is written: under its own name, or under a temporary one.
    fn place(&self, name: &str) -> (PathBuf, PathBuf) {
        let path = self.inbox.join(name);
        if self.in_place {
            (path.clone(), path)
        } else {
            (self.inbox.join(format!("{name}.tmp")), path)
        }
    }

    /// Writes a whole file.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (first, path) = self.place(name);
        fs::write(&first, bytes)?;
        if first == path {
            return Ok(());
        }
        fs::rename(first, path)
    }

    /// Writes the first half of a file.
    pub(super) fn put_half(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (first, _) = self.place(name);
        let (half, _) = halves(bytes);
        fs::write(first, half)
    }

    /// Writes the rest of a file; all of it, when the half is gone.
    pub(super) fn put_rest(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (first, path) = self.place(name);
        let (half, rest) = halves(bytes);
        let there = fs::metadata(&first).map(|found| found.len()).ok();
        if there != u64::try_from(half.len()).ok() {
            return self.put(name, bytes);
        }
        let mut file = match OpenOptions::new().append(true).open(&first) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return self.put(name, bytes),
            Err(error) => return Err(error),
        };
        append(&mut file, rest)?;
        if first == path {
            // Taken away while it was written: perhaps the half alone.
            return if path.exists() {
                Ok(())
            } else {
                self.put(name, bytes)
            };
        }
        fs::rename(first, path)
    }

    /// Names and contents of what is in the outbox and has not changed since the last look, oldest name first.
    pub(super) fn look(&self, seen: &mut Seen) -> io::Result<Vec<String>> {
        let mut found = HashMap::new();
        let mut ready = Vec::new();
        for entry in fs::read_dir(&self.outbox)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let Ok(about) = entry.metadata() else {
                continue;
            };
            if !about.is_file() || is_unfinished(&name) {
                continue;
            }
            let state = (about.len(), about.modified().ok());
            if seen.0.get(&name) == Some(&state) {
                ready.push(name.clone());
            }
            found.insert(name, state);
        }
        seen.0 = found;
        ready.sort();
        Ok(ready)
    }

    /// Takes a file out of the outbox.
    pub(super) fn take(&self, name: &str, nth: u64) -> io::Result<Vec<u8>> {
        let path = self.outbox.join(name);
        let bytes = fs::read(&path)?;
        fs::rename(path, self.taken.join(format!("{nth:06}-{name}")))?;
        Ok(bytes)
    }

    /// Whether there is anything to be read.
    pub(super) fn has_mail(&self) -> bool {
        let entries = fs::read_dir(&self.outbox).into_iter().flatten().flatten();
        let mut names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        names.any(|name| !is_unfinished(&name))
    }

    pub(super) fn root(&self) -> &Path {
        self.inbox.parent().unwrap_or(&self.inbox)
    }
}

fn is_unfinished(name: &str) -> bool {
    name.starts_with('.') || UNFINISHED.iter().any(|ending| name.ends_with(ending))
}

fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.len() / 2)
}

fn append(file: &mut File, rest: &[u8]) -> io::Result<()> {
    file.write_all(rest)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(in_place: bool) -> (tempfile::TempDir, Folders) {
        let root = tempfile::tempdir().expect("a folder");
        let config = Config {
            root: root.path().to_owned(),
            in_place: Some(in_place),
            ..Config::default()
        };
        let folders = Folders::open(&config).expect("folders");
        (root, folders)
    }

    #[test]
    fn halves_become_whole_in_place_and_by_renaming() {
        for in_place in [true, false] {
            let (_root, folders) = folders(in_place);
            folders.put_half("F", b"12345678").expect("half");
            let seen = fs::read(folders.inbox.join("F")).ok();
            assert_eq!(seen.as_deref(), in_place.then_some(b"1234".as_slice()));
            folders.put_rest("F", b"12345678").expect("rest");
            let whole = fs::read(folders.inbox.join("F")).expect("whole");
            assert_eq!(whole, b"12345678");
            assert!(fs::metadata(folders.inbox.join("F.tmp")).is_err());
        }
    }

    #[test]
    fn a_half_that_was_taken_away_comes_whole() {
        let (_root, folders) = folders(true);
        folders.put_half("F", b"12345678").expect("half");
        fs::remove_file(folders.inbox.join("F")).expect("taken");
        folders.put_rest("F", b"12345678").expect("rest");
        let whole = fs::read(folders.inbox.join("F")).expect("whole");
        assert_eq!(whole, b"12345678");
    }

    #[test]
    fn only_what_stands_still_is_read() {
        let (_root, folders) = folders(true);
        let mut seen = Seen::default();
        for name in ["b.asn", "a.asn", ".hidden", "c.tmp"] {
            fs::write(folders.outbox.join(name), "x").expect("written");
        }
        assert!(folders.look(&mut seen).expect("a look").is_empty());
        assert_eq!(folders.look(&mut seen).expect("a look"), ["a.asn", "b.asn"]);
        assert_eq!(folders.take("a.asn", 1).expect("taken"), b"x");
        assert_eq!(folders.look(&mut seen).expect("a look"), ["b.asn"]);
        assert!(folders.has_mail());
    }
}
