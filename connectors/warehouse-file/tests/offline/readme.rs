//! The README's tables and examples are the code's.

use warehouse_file::CONNECTOR;

use crate::blocks::{block, home};

/// The failure table as it must stand in the README. `UPDATE_EXPECT=1` writes it there.
#[test]
fn the_failure_table_is_the_list_of_codes() {
    let path = home().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("<!-- failure codes -->\n").unwrap();
    let (table, after) = rest.split_once("<!-- end -->").unwrap();
    let rows = CONNECTOR.failures.iter();
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
    let readme = std::fs::read_to_string(home().join("README.md")).unwrap();
    let schema = (CONNECTOR.options)();
    let options = schema["properties"].as_object().unwrap();
    assert!(options.len() > 10);
    for (option, described) in options {
        assert!(readme.contains(&format!("`{option}`")), "{option}");
        assert!(
            described["description"].is_string(),
            "{option}: {described}"
        );
    }
}

/// Each example of the layout language is a whole layout, and can be used.
#[test]
fn every_layout_of_the_readme_is_sound() {
    let readme = std::fs::read_to_string(home().join("README.md")).unwrap();
    let layouts: Vec<&str> = readme
        .split("```toml layout\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(layouts.len() >= 3, "{}", layouts.len());
    for text in layouts {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("l.toml"), text).unwrap();
        let block = block(
            "layout = \"l.toml\"\nmailbox = { kind = \"folder\", path = \"x\" }",
            folder.path(),
        );
        assert_eq!((CONNECTOR.check)(&block), [], "{text}");
    }
}

/// Each block of the README passes `check`.
#[test]
fn every_block_of_the_readme_is_sound() {
    let readme = std::fs::read_to_string(home().join("README.md")).unwrap();
    let mut blocks = 0;
    for text in readme.split("```toml\n").skip(1) {
        let table: toml::Table = text.split("```").next().unwrap().parse().unwrap();
        for (name, connector) in table["connectors"].as_table().unwrap() {
            let mut options = connector.as_table().unwrap().clone();
            assert_eq!(
                options.remove("type").unwrap().as_str(),
                Some("warehouse-file")
            );
            let block = block(&toml::to_string(&options).unwrap(), &home());
            assert_eq!((CONNECTOR.check)(&block), [], "{name}");
            blocks += 1;
        }
    }
    assert!(blocks >= 2, "{blocks}");
}
