//! What differs between two pictures, in plain words. Pure.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Item, Picture, Recorded};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is about.
    pub subject: String,
    /// What has changed.
    pub says: String,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.subject, self.says)
    }
}

/// Everything that differs, by subject.
pub fn changes(was: &Recorded, is: &Picture) -> Vec<Change> {
    let subjects: BTreeSet<&String> = was.picture.0.keys().chain(is.0.keys()).collect();
    subjects
        .into_iter()
        .filter_map(|subject| {
            let says = match (was.picture.0.get(subject), is.0.get(subject)) {
                (Some(was), None) => with("gone", "it was", was),
                (None, Some(is)) => with("new", "", is),
                (Some(then), Some(now)) => differs(then, now, was)?,
                (None, None) => return None,
            };
            Some(Change {
                subject: subject.clone(),
                says,
            })
        })
        .collect()
}

fn with(what: &str, before: &str, item: &Item) -> String {
    match (item.says.is_empty(), before.is_empty()) {
        (true, _) => what.to_owned(),
        (false, true) => format!("{what}, {}", item.says),
        (false, false) => format!("{what}, {before} {}", item.says),
    }
}

fn differs(then: &Item, now: &Item, was: &Recorded) -> Option<String> {
    if then.says != now.says {
        return Some(format!("was {}, is {}", then.says, now.says));
    }
    if then.content == now.content {
        return None;
    }
    let what = if now.says.is_empty() {
        String::new()
    } else {
        format!("{} ", now.says)
    };
    Some(format!("{what}changed since {}", was.at))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn picture(items: &[(&str, &str, &str)]) -> Picture {
        let item = |says: &str, content: &str| Item {
            says: says.to_owned(),
            content: content.to_owned(),
        };
        Picture(
            items
                .iter()
                .map(|(subject, says, content)| ((*subject).to_owned(), item(says, content)))
                .collect(),
        )
    }

    fn told(was: &[(&str, &str, &str)], is: &[(&str, &str, &str)]) -> Vec<String> {
        let was = Recorded {
            at: Timestamp::UNIX_EPOCH,
            picture: picture(was),
        };
        changes(&was, &picture(is))
            .iter()
            .map(Change::to_string)
            .collect()
    }

    #[test]
    fn the_same_picture_says_nothing() {
        let same = [("a", "x", "1"), ("b", "", "")];
        assert!(told(&same, &same).is_empty());
    }

    #[test]
    fn each_difference_is_one_line() {
        let was = [
            ("connector b", "type wms-json", ""),
            ("connector c", "type wms-json", ""),
            ("mapping a mapping", "file a.jq", "1"),
            ("crosswalk a codes", "", "1"),
        ];
        let is = [
            ("connector b", "type warehouse-file", ""),
            ("mapping a mapping", "file a.jq", "2"),
            ("crosswalk a codes", "", "2"),
            ("queue q", "delivery limit 20", ""),
            ("exchange e", "", ""),
        ];
        assert_eq!(
            told(&was, &is),
            [
                "connector b: was type wms-json, is type warehouse-file",
                "connector c: gone, it was type wms-json",
                "crosswalk a codes: changed since 1970-01-01T00:00:00Z",
                "exchange e: new",
                "mapping a mapping: file a.jq changed since 1970-01-01T00:00:00Z",
                "queue q: new, delivery limit 20",
            ]
        );
    }

    #[test]
    fn another_file_is_named_even_if_its_content_is_the_same() {
        let (was, is) = ([("m", "file a.jq", "1")], [("m", "file b.jq", "1")]);
        assert_eq!(told(&was, &is), ["m: was file a.jq, is file b.jq"]);
    }
}
