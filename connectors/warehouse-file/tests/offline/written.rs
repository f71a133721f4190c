//! Commands → files: `testdata/out/CONDITION.command.json` becomes `CONDITION.LAYOUT.txt`, or `.LAYOUT.err`; and what is written
//! is read again.

use std::path::Path;

use canonical::{Command, CommandData};
use proptest::prelude::*;
use testkit::golden::inbound;
use warehouse_file::CONNECTOR;

use crate::blocks::{announcement, block, codec, home};

#[test]
fn every_file_is_the_golden_one() {
    let folder = home().join("testdata/out");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".command.json").map(str::to_owned)
        })
        .collect();
    names.sort();
    let mut compared = 0;
    for layout in ["caret-rtn", "csv-returns", "fixed-returns"] {
        let codec = codec(&format!(
            "layout = \"{layout}\"\nsites = {{ W1 = \"DC-WEST\" }}"
        ));
        for name in &names {
            let text = std::fs::read_to_string(folder.join(format!("{name}.command.json")));
            let command: Command = serde_json::from_str(&text.unwrap()).unwrap();
            let (ending, found) = match codec.encode(&command) {
                Ok(bytes) => ("txt", bytes),
                Err(failure) => (
                    "err",
                    format!("{} {failure}\n", failure.kind.name()).into_bytes(),
                ),
            };
            compare(&folder.join(format!("{name}.{layout}.{ending}")), &found);
            compared += 1;
        }
    }
    assert!(compared >= 15, "{compared}");
}

fn compare(path: &Path, found: &[u8]) {
    let expected = std::fs::read(path).unwrap_or_default();
    if expected != found && std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, found).unwrap();
        return;
    }
    let (expected, found) = (
        String::from_utf8_lossy(&expected),
        String::from_utf8_lossy(found),
    );
    assert_eq!(
        expected,
        found,
        "{}: run again with UPDATE_EXPECT=1",
        path.display()
    );
}

/// Layouts whose announcements look like the receipts that they read.
fn mirrors() -> Vec<(&'static str, String)> {
    let fields = |place: &dyn Fn(usize, usize) -> String, numbers: &str| {
        format!(
            "import_key = {{ {}, value = \"K\" }}\nline = {{ {} }}\nrma = {{ {} }}\nsku = {{ {}, trim = \"none\" }}\n\
             qty = {{ {}, {numbers} }}\nuom = {{ {} }}\nreceived_at = {{ {}, value = \"2026-03-02 14:05\", format = \"%Y-%m-%d %H:%M\" }}\n\
             serial = {{ {}, split = \"~\" }}\n",
            place(1, 2),
            place(2, 4),
            place(3, 20),
            place(4, 40),
            place(5, 20),
            place(6, 3),
            place(7, 16),
            place(8, 60)
        )
    };
    let delimited = |number: usize, _: usize| format!("column = {number}");
    let starts = [1, 3, 7, 27, 67, 87, 90, 106];
    let fixed = |number: usize, len: usize| format!("start = {}, len = {len}", starts[number - 1]);
    let layout = |form: &str, fields: &str| {
        format!(
            "form = {{ {form} }}\n[[records]]\nrole = \"row\"\n[records.fields]\n{fields}\
             [announce]\nname = \"{{key}}\"\n[[announce.records]]\nrole = \"row\"\n[announce.records.fields]\n{fields}"
        )
    };
    vec![
        (
            "quoted",
            layout(
                "kind = \"delimited\", separator = \";\", quote = '\"'",
                &fields(&delimited, "mark = \",\""),
            ),
        ),
        (
            "tabs",
            layout(
                "kind = \"delimited\", separator = \"\\t\"",
                &fields(&delimited, "sign = \"trailing\""),
            ),
        ),
        (
            "implied",
            layout(
                "kind = \"delimited\", separator = \"|\", newline = \"crlf\"",
                &fields(&delimited, "decimals = 6"),
            ),
        ),
        (
            "bytes",
            layout(
                "kind = \"fixed\"",
                &fields(&fixed, "decimals = 6, right = true, fill = \"0\""),
            ),
        ),
        (
            "characters",
            layout(
                "kind = \"fixed\", unit = \"characters\"",
                &fields(&fixed, "right = true"),
            ),
        ),
    ]
}

fn text() -> impl Strategy<Value = String> {
    "[A-Za-z0-9äß€;|\"^,.'-][A-Za-z0-9äß€;|\"^,.' -]{0,10}[A-Za-z0-9äß€;|\"^,.'-]"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Either the command is refused, or each of its values is read again as it was.
    #[test]
    fn what_is_written_is_read_again(
        lines in proptest::collection::vec((text(), 1_i64..=9_000_000_000_000, proptest::collection::vec("[A-Z0-9;]{1,8}", 0..3)), 1..5),
        rma in "[A-Z0-9;|\"-]{1,12}",
    ) {
        static LAYOUTS: std::sync::OnceLock<Vec<(&'static str, std::sync::Arc<dyn connector::Codec>)>> = std::sync::OnceLock::new();
        let layouts = LAYOUTS.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let codecs = mirrors().into_iter().map(|(name, layout)| {
                std::fs::write(folder.path().join("l.toml"), layout).unwrap();
                let block = block("layout = \"l.toml\"\nsite = \"DC-WEST\"", folder.path());
                (name, (CONNECTOR.codec)(&block).unwrap())
            });
            codecs.collect()
        });
        let mut command = announcement();
        command.rma_number = rma;
        let CommandData::AnnounceReturn(data) = &mut command.data else { panic!("no announcement") };
        let template = data.lines[0].clone();
        data.lines = lines
            .into_iter()
            .zip(1..)
            .map(|((sku, millionths, serials), line_no)| canonical::command::OrderLine {
                line_no,
                sku,
                qty: canonical::Qty::from_millionths(millionths),
                serials,
                ..template.clone()
            })
            .collect();
        let mut written = 0;
        for (name, codec) in layouts {
            let Ok(bytes) = codec.encode(&command) else { continue };
            written += 1;
            let events = codec.decode(&inbound(bytes.clone())).unwrap();
            let CommandData::AnnounceReturn(data) = &command.data else { panic!("no announcement") };
            prop_assert_eq!(events.len(), data.lines.len(), "{} {}", name, String::from_utf8_lossy(&bytes));
            for (event, line) in events.iter().zip(&data.lines) {
                let event = event.as_ref().unwrap();
                let canonical::EventData::ReceiptRecorded(receipt) = &event.data else { panic!("no receipt") };
                prop_assert_eq!(&receipt.lines[0].sku_scanned.trim_end(), &line.sku.as_str(), "{}", name);
                prop_assert_eq!(receipt.lines[0].qty, line.qty, "{}", name);
                prop_assert_eq!(&receipt.lines[0].serials, &line.serials, "{}", name);
                prop_assert_eq!(receipt.lines[0].line_no, Some(line.line_no), "{}", name);
                prop_assert!(event.subject.to_string().ends_with(&command.rma_number), "{}", name);
            }
        }
        prop_assert!(written > 0, "no layout can say it");
    }
}
