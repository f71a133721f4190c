//! Envelopes as each profile writes them: `testdata/CONDITION.command.json` becomes `CONDITION.PROFILE.xml`, or
//! `CONDITION.PROFILE.err`. `sim-12` is the profile `sim` in SOAP 1.2.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use canonical::Command;
use connector::Settings;
use quick_xml::events::Event;
use quick_xml::{Reader, Writer};

const VARS: &str = "sales_organization = \"1010\"\ndistribution_channel = \"10\"\ndivision = \"00\"\n\
                    credit_memo_request_type = \"CR\"\nprice_condition = \"PR00\"";

#[test]
fn every_envelope_is_the_golden_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut compared = 0;
    for (name, profile, soap) in [
        ("sim", "sim", "1.1"),
        ("sim-12", "sim", "1.2"),
        ("legacy-erp", "legacy-erp", "1.1"),
        ("sap-bapi", "sap-bapi", "1.1"),
    ] {
        let codec = (erp_soap::CONNECTOR.codec)(&block(profile, soap)).unwrap();
        for condition in conditions(&folder) {
            let text =
                std::fs::read_to_string(folder.join(format!("{condition}.command.json"))).unwrap();
            let command: Command = serde_json::from_str(&text).unwrap();
            let (ending, found) = match codec.encode(&command) {
                Ok(envelope) => ("xml", indented(&envelope)),
                // What a profile has no operation for needs no golden of its own.
                Err(failure) if name != "sim" && failure.code == "erp-soap.no-words" => continue,
                Err(failure) => ("err", format!("{} {failure}\n", failure.kind.name())),
            };
            compare(&folder.join(format!("{condition}.{name}.{ending}")), &found);
            compared += 1;
        }
    }
    assert!(compared >= 20, "{compared}");
}

fn block(profile: &str, soap: &str) -> Settings {
    let text = format!(
        "url = \"https://erp.example\"\nprofile = \"{profile}\"\nsoap = \"{soap}\"\n[vars]\n{VARS}"
    );
    Settings {
        instance: "erp".to_owned(),
        table: toml::from_str(&text).unwrap(),
        base_dir: PathBuf::from("."),
        published: connector::Published::default(),
    }
}

fn conditions(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut conditions: Vec<String> = names
        .filter_map(|name| Some(name.to_str()?.strip_suffix(".command.json")?.to_owned()))
        .collect();
    conditions.sort();
    conditions
}

fn compare(path: &Path, found: &str) {
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected != found && std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, found).unwrap();
        return;
    }
    assert_eq!(
        expected,
        found,
        "{}: run again with UPDATE_EXPECT=1",
        path.display()
    );
}

/// One element a line, for people.
fn indented(envelope: &[u8]) -> String {
    let mut reader = Reader::from_str(str::from_utf8(envelope).unwrap());
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            event => writer.write_event(event).unwrap(),
        }
    }
    format!("{}\n", String::from_utf8(writer.into_inner()).unwrap())
}
