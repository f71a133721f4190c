//! The README's tables are the code's.

#![allow(clippy::unwrap_used, reason = "tests")]

/// The failure table as it must stand in the README. `UPDATE_EXPECT=1` writes it there.
#[test]
fn the_failure_table_is_the_list_of_codes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let (before, rest) = readme.split_once("<!-- failure codes -->\n").unwrap();
    let (table, after) = rest.split_once("<!-- end -->").unwrap();
    let rows = erp_soap::CONNECTOR.failures.iter();
    let rows = rows.map(|f| format!("| `{}` | {} | {} |\n", f.code, f.meaning, f.remedy));
    let expected = format!(
        "| code | meaning | what to do |\n|---|---|---|\n{}",
        rows.collect::<String>()
    );
    if table != expected && std::env::var_os("UPDATE_EXPECT").is_some() {
        let text = format!("{before}<!-- failure codes -->\n{expected}<!-- end -->{after}");
        std::fs::write(path, text).unwrap();
        return;
    }
    assert_eq!(table, expected, "run again with UPDATE_EXPECT=1");
}

#[test]
fn every_option_is_explained() {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let schema = (erp_soap::CONNECTOR.options)();
    for option in schema["properties"].as_object().unwrap().keys() {
        assert!(readme.contains(&format!("`{option}`")), "{option}");
    }
}
