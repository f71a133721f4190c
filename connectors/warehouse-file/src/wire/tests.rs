//! Whole files through the wire alone.

use jiff::Timestamp;

use super::{Row, read};
use crate::failures;
use crate::layout::{Document, Field, Kind, Layout, prepare};

fn document(layout: &str) -> Document {
    let layout = Layout::read(layout, &toml::Table::new()).unwrap();
    assert_eq!(layout.problems(), []);
    prepare(&layout, Some("Europe/Berlin")).unwrap().receipts
}

fn rows(document: &Document, bytes: &[u8]) -> Vec<Row> {
    let told = read(document, bytes).unwrap();
    told.lines
        .into_iter()
        .map(|line| line.row.unwrap())
        .collect()
}

#[test]
fn a_row_says_what_its_headers_say_and_stands_above_them() {
    let document = document(
        r#"
        form = { kind = "delimited", type = { column = 1 } }
        kinds = { B = "reversal" }
        [[records]]
        type = "H"
        role = "header"
        fields.lot = { column = 2 }
        fields.carrier = { column = 3 }
        [[records]]
        type = "G"
        role = "header"
        fields.lot = { column = 2 }
        fields.date = { column = 3, format = "%Y-%m-%d" }
        [[records]]
        type = "D"
        role = "row"
        fields.row = { column = 2, strip = "0" }
        fields.lot = { column = 3 }
        fields.kind = { column = 4 }
        [[records]]
        type = "Z"
        role = "ignored"
        "#,
    );
    let file = b"H,h,UPS\nD,001,,\nZ,?\nG,g,2026-03-02\nD,010,own,B\nD,2,,\nG,,\nD,3,,\n";
    let rows = rows(&document, file);
    let said: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.line,
                row.text(Field::Row).unwrap(),
                row.text(Field::Lot).unwrap(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            (2, "1", "h"),
            (5, "10", "own"),
            (6, "2", "g"),
            (8, "3", "h")
        ]
    );
    assert_eq!(rows[1].kind, Kind::Reversal);
    let midnight: Timestamp = "2026-03-02T11:00:00Z".parse().unwrap();
    assert_eq!(rows[1].happened_at, Some(midnight));
    // The second G is blank: what the first one said is over.
    assert_eq!(rows[3].happened_at, None);
    assert_eq!(rows[3].text(Field::Carrier), Some("UPS"));
}

#[test]
fn lines_that_are_not_described_are_skipped_when_the_layout_says_so() {
    let layout = |unknown: &str| {
        document(&format!(
            r#"
            form = {{ kind = "fixed", unit = "characters", type = {{ start = 1, len = 1 }}, unknown_records = "{unknown}" }}
            [[records]]
            type = "D"
            role = "row"
            fields.sku = {{ start = 2, len = 3 }}
            fields.uom = {{ start = 5, len = 2 }}
            "#
        ))
    };
    let file = "# a remark\nDäöüKG\n".as_bytes();
    let rows = rows(&layout("skip"), file);
    assert_eq!(rows[0].text(Field::Sku), Some("äöü"));
    assert_eq!(rows[0].text(Field::Uom), Some("KG"));
    let told = read(&layout("refuse"), file).unwrap();
    let failure = told.lines[0].row.as_ref().unwrap_err();
    assert_eq!(failure.code, failures::UNKNOWN_RECORD);
    assert_eq!(failure.place, "line 1, places 1-1");
}

#[test]
fn a_character_over_the_edge_of_a_column_is_seen() {
    let document = document(
        r#"
        form = { kind = "fixed" }
        records = [{ role = "row", fields = { sku = { start = 1, len = 2 } } }]
        "#,
    );
    let told = read(&document, "aäb\n".as_bytes()).unwrap();
    let failure = told.lines[0].row.as_ref().unwrap_err();
    assert_eq!(failure.code, failures::CHARSET);
    assert_eq!(failure.place, "line 1, places 1-2 (sku)");
}
