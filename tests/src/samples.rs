//! The collection of real sample files beside the repository: walked, classified, damaged on purpose, counted.
#![allow(clippy::print_stdout, reason = "a test says why it does nothing")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use comfy_table::{Table, presets};

use crate::root;

/// Times that a file is cut off.
const CUTS: usize = 3;
/// Times that one of its bytes is changed.
const CHANGES: usize = 5;

/// A file of the collection.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Folder of the collection that it is in.
    pub source: String,
    /// Where it is, without what leads to the collection.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What a file is, by its name and its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// X12 or EDIFACT.
    Edi,
    /// Rows of columns.
    Flat,
    /// JSON.
    Json,
    /// XML, schemas and descriptions of services too.
    Xml,
    /// Read-mes, licences, test output.
    Other,
}

/// Every file of the collection, sorted. `None`, with a message, where it is not there.
pub fn all() -> Option<Vec<Sample>> {
    let folder = root().join("../shared/samples");
    if !folder.is_dir() {
        println!("left out: there are no sample files beside the repository");
        return None;
    }
    let mut found = Vec::new();
    walk(&folder, &folder, &mut found);
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Some(found)
}

/// One file of the collection. `None`, with a message, where it is not there.
pub fn path(name: &str) -> Option<PathBuf> {
    let path = root().join("../shared/samples").join(name);
    if path.is_file() {
        return Some(path);
    }
    println!("left out: there is no sample file {name}");
    None
}

fn walk(top: &Path, folder: &Path, into: &mut Vec<Sample>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(top, &path, into);
        } else if let (Ok(bytes), Ok(name)) = (std::fs::read(&path), path.strip_prefix(top)) {
            let source = name.iter().next().unwrap_or_default();
            into.push(Sample {
                source: source.to_string_lossy().into_owned(),
                name: name.display().to_string(),
                bytes,
            });
        }
    }
}

impl Sample {
    /// What it is.
    pub fn format(&self) -> Format {
        let extension = Path::new(&self.name).extension();
        let extension = extension.map(|e| e.to_string_lossy().to_ascii_lowercase());
        let text = self.bytes.strip_prefix(b"\xef\xbb\xbf");
        let text = text.unwrap_or(&self.bytes).trim_ascii_start();
        let begins = |words: &[&[u8]]| words.iter().any(|word| text.starts_with(word));
        match extension.as_deref() {
            _ if begins(&[b"ISA", b"UNA", b"UNB"]) => Format::Edi,
            Some("edi" | "x12" | "edifact") => Format::Edi,
            Some("json") => Format::Json,
            Some("xml" | "wsdl" | "xsd") => Format::Xml,
            _ if begins(&[b"<?xml", b"<soap"]) => Format::Xml,
            Some("md") => Format::Other,
            Some("csv" | "txt" | "dat") => Format::Flat,
            _ if self.source.starts_with("flatfile__") => Format::Flat,
            _ => Format::Other,
        }
    }

    /// It and its damaged versions: cut off at three places, one byte changed at five. Always the same ones.
    pub fn versions(&self) -> Vec<(String, Vec<u8>)> {
        let mut all = vec![("as it is".to_owned(), self.bytes.clone())];
        let length = self.bytes.len();
        for part in 1..=CUTS {
            let at = length * part / (CUTS + 1);
            let cut = self.bytes.get(..at).unwrap_or_default().to_vec();
            all.push((format!("cut at byte {at}"), cut));
        }
        // A number that looks like chance and is the same at each run.
        let mut draw = u64::try_from(length).unwrap_or_default() ^ 0x9e37_79b9_7f4a_7c15;
        for _ in 0..CHANGES {
            draw ^= draw << 13;
            draw ^= draw >> 7;
            draw ^= draw << 17;
            let below = u64::try_from(length.max(1)).unwrap_or(1);
            let at = usize::try_from(draw % below).unwrap_or_default();
            let mut bytes = self.bytes.clone();
            if let (Some(byte), [new, ..]) = (bytes.get_mut(at), draw.to_be_bytes()) {
                *byte = if *byte == new { !new } else { new };
            }
            all.push((format!("byte {at} changed"), bytes));
        }
        all
    }
}

/// What became of the files of a folder.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// Files.
    pub files: usize,
    /// Readings: files, times their versions, times the connectors that tried.
    pub readings: usize,
    /// Events of the files as they are.
    pub events: usize,
    /// Failures of the files as they are.
    pub failures: usize,
    /// Events and failures of damaged versions.
    pub damaged: (usize, usize),
    /// Time for all of it.
    pub time: Duration,
}

/// The tallies as a table.
pub fn table(tallies: &BTreeMap<String, Tally>) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "folder",
        "files",
        "readings",
        "events",
        "failures",
        "damaged: events",
        "failures",
        "seconds",
    ]);
    for (folder, tally) in tallies {
        let (events, failures) = tally.damaged;
        let seconds = format!("{}.{:03}", tally.time.as_secs(), tally.time.subsec_millis());
        table.add_row([
            folder.clone(),
            tally.files.to_string(),
            tally.readings.to_string(),
            tally.events.to_string(),
            tally.failures.to_string(),
            events.to_string(),
            failures.to_string(),
            seconds,
        ]);
    }
    table.to_string()
}

/// The most memory that this process has had so far, in KiB; `None` where the system does not tell.
pub fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
