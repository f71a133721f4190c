//! Files of other people's, which are not for us: refused with their place, never a panic.

use std::path::{Path, PathBuf};

use connector::Failure;
use testkit::golden::inbound;

use crate::blocks::{codec, home};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn every_sample_is_refused_with_its_line() {
    let samples = home().join("../../../shared/samples");
    if !samples.is_dir() {
        println!("{} is not there: nothing to walk", samples.display());
        return;
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&samples).unwrap().flatten() {
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with("flatfile__")
        {
            files(&entry.path(), &mut found);
        }
    }
    assert!(found.len() > 30, "{}", found.len());
    let layouts = [
        "",
        "layout = \"csv-returns\"",
        "layout = \"fixed-returns\"",
        "layout = \"csv-returns\"\nadjust.form = { separator = \",\", header_line = true, encoding = \"utf-8\" }",
        "layout = \"fixed-returns\"\nadjust.form = { lines = \"ragged\", unit = \"characters\", encoding = \"utf-8\" }",
        "layout = \"testdata/foreign/pipe.toml\"\nsite = \"X\"",
        "layout = \"testdata/foreign/pipe.toml\"\nadjust.form = { separator = \",\", quote = '\"', encoding = \"iso-8859-1\" }",
    ];
    let mut refused = 0;
    for layout in layouts {
        let codec = codec(layout);
        for path in &found {
            let bytes = std::fs::read(path).unwrap();
            let failures: Vec<Failure> = match codec.decode(&inbound(bytes)) {
                Err(failure) => vec![failure],
                Ok(parts) => {
                    assert!(
                        parts.iter().all(Result::is_err),
                        "{layout}: {}",
                        path.display()
                    );
                    parts.into_iter().filter_map(Result::err).collect()
                }
            };
            for failure in failures {
                assert!(
                    failure.place.contains("line "),
                    "{}: {failure}",
                    path.display()
                );
                refused += 1;
            }
        }
    }
    assert!(refused > 200, "{refused}");
}
