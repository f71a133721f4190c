//! Every real sample file: read without a panic or a hang, into an interchange or an error with its place and reason.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use edi_partner::bench::{self, Numbers};

fn samples() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no sample files at {}", folder.display());
    None
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push(path);
        }
    }
}

fn looks_like_edi(bytes: &[u8]) -> bool {
    let starts = [&b"ISA"[..], b"UNA", b"UNB"];
    let text = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii_start();
    starts.iter().any(|start| text.starts_with(start))
}

#[test]
fn every_sample_is_read_or_refused_with_a_reason() {
    let Some(folder) = samples() else { return };
    let mut all = Vec::new();
    files(&folder, &mut all);
    let mut table: BTreeMap<String, (usize, Numbers)> = BTreeMap::new();
    let (mut edi, mut other) = (0, 0);
    for path in &all {
        let bytes = std::fs::read(path).unwrap();
        let begin = Instant::now();
        let numbers = bench::read_file(&bytes, true);
        let checked = bench::check_envelopes(&bytes);
        let place = path.strip_prefix(&folder).unwrap();
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "{} hangs",
            place.display()
        );
        assert_eq!(
            (
                numbers.interchanges,
                numbers.groups,
                numbers.sets,
                numbers.refused
            ),
            (
                checked.interchanges,
                checked.groups,
                checked.sets,
                checked.refused
            ),
            "{}: with and without the model",
            place.display()
        );
        let is_something = numbers.interchanges > 0 || !numbers.faults.is_empty();
        assert!(
            is_something,
            "{}: neither read nor refused",
            place.display()
        );
        if numbers.interchanges > 0 {
            let parts = bench::stream_file(&*bytes).unwrap();
            let pieces = numbers.interchanges + numbers.refused;
            assert_eq!(parts, pieces, "{}: as a stream", place.display());
        }
        if !looks_like_edi(&bytes) {
            other += 1;
            continue;
        }
        edi += 1;
        let source = place.iter().next().unwrap().to_string_lossy().into_owned();
        let (count, sum) = table.entry(source).or_default();
        *count += 1;
        sum.interchanges += numbers.interchanges;
        sum.refused += numbers.refused;
        sum.sets += numbers.sets;
        sum.clean_sets += numbers.clean_sets;
        sum.known_sets += numbers.known_sets;
        let name = place.file_name().unwrap().to_string_lossy().into_owned();
        let named = |fault: String| format!("{name}: {fault}");
        sum.faults.extend(numbers.faults.into_iter().map(named));
    }
    println!(
        "{:<42} files interch. refused sets clean known faults",
        "source"
    );
    for (source, (files, sum)) in &table {
        println!(
            "{source:<42} {files:>5} {:>8} {:>7} {:>4} {:>5} {:>5} {:>6}",
            sum.interchanges,
            sum.refused,
            sum.sets,
            sum.clean_sets,
            sum.known_sets,
            sum.faults.len()
        );
    }
    println!("{edi} files of EDI, {other} others");
    for (source, (_, sum)) in &table {
        for fault in &sum.faults {
            println!("{source} {fault}");
        }
    }
    assert!(edi > 100, "only {edi} files of EDI among the samples");
}

#[test]
fn the_real_944_is_clean() {
    let Some(folder) = samples() else { return };
    let bytes = std::fs::read(folder.join("npm__node-x12-edi/944.edi")).unwrap();
    let numbers = bench::read_file(&bytes, true);
    assert_eq!(numbers.faults, Vec::<String>::new());
    assert_eq!(
        (numbers.interchanges, numbers.clean_sets, numbers.known_sets),
        (1, 1, 1)
    );
}
