//! Bodies as each profile writes them: `testdata/CONDITION.command.json` becomes `CONDITION.PROFILE.json`, or `.PROFILE.err`.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use canonical::Command;
use connector::Settings;

const VARS: &str = "returns_account = \"4711\"\nsubsidiary = \"1\"\nsales_organization = \"1010\"\n\
                    distribution_channel = \"10\"\ndivision = \"00\"\ncredit_memo_request_type = \"CR\"\nreceivable_account = \"1.1\"\n\
                    tax_account = \"6.3.6\"\nlocation_RETURNS_HOLD = \"HOLD\"";

#[test]
fn every_body_is_the_golden_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut compared = 0;
    for profile in [
        "sim",
        "business-central",
        "netsuite",
        "sap-odata",
        "avatax",
        "tryton",
    ] {
        let codec = (erp_rest::CONNECTOR.codec)(&block(profile)).unwrap();
        for condition in conditions(&folder) {
            let text =
                std::fs::read_to_string(folder.join(format!("{condition}.command.json"))).unwrap();
            let command: Command = serde_json::from_str(&text).unwrap();
            let (ending, found) = match codec.encode(&command) {
                Ok(body) => ("json", indented(&String::from_utf8(body).unwrap())),
                // What a profile has no operation for needs no golden of its own.
                Err(failure) if profile != "sim" && failure.code == "erp-rest.no-words" => continue,
                Err(failure) => ("err", format!("{} {failure}\n", failure.kind.name())),
            };
            compare(
                &folder.join(format!("{condition}.{profile}.{ending}")),
                &found,
            );
            compared += 1;
        }
    }
    assert!(compared >= 20, "{compared}");
}

fn block(profile: &str) -> Settings {
    // Business Central's company is an id of letters, Tryton's a number.
    let company = if profile == "tryton" { "1" } else { "c0ffee" };
    let text = format!(
        "base_url = \"https://erp.example\"\nprofile = \"{profile}\"\n[vars]\ncompany = \"{company}\"\n{VARS}"
    );
    let table = toml::from_str(&text).unwrap();
    Settings {
        instance: "erp".to_owned(),
        table,
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

/// One member a line; numbers stay as they were written, other than through a JSON library.
fn indented(json: &str) -> String {
    let (mut out, mut depth, mut in_text, mut escaped) = (String::new(), 0_usize, false, false);
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    for c in json.chars() {
        if in_text {
            in_text = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
            out.push(c);
            continue;
        }
        match c {
            '"' => in_text = true,
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
            }
            _ => {}
        }
        out.push(c);
        match c {
            '{' | '[' | ',' => line(&mut out, depth),
            ':' => out.push(' '),
            _ => {}
        }
    }
    out.push('\n');
    out
}
