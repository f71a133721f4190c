//! The partner's own EDI: a small writer and a small reader of X12 and EDIFACT interchanges.

mod edifact;
mod model;
mod segment;
mod x12;

pub(super) use edifact::write as write_edifact;
pub(super) use model::{Defect, Envelope, Group, Interchange, Marks, Set, Spoilt};
pub(super) use segment::Segment;
pub(super) use x12::write as write_x12;

use super::Syntax;

/// Every interchange of a file, or what is wrong with the file.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Interchange>, String> {
    let text = text(bytes);
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (interchange, behind) = if rest.starts_with("ISA") {
            x12::read(rest)?
        } else if rest.starts_with("UNA") || rest.starts_with("UNB") {
            edifact::read(rest)?
        } else {
            let start: String = rest.chars().take(12).collect();
            return Err(format!(
                "{start:?} begins neither with ISA nor with UNA or UNB"
            ));
        };
        all.push(interchange);
        rest = behind.trim_start();
    }
    if all.is_empty() {
        return Err("the file is empty".to_owned());
    }
    Ok(all)
}

/// UTF-8, else each byte as its ISO 8859-1 character.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// An interchange as text.
pub(super) fn write(
    envelope: &Envelope,
    marks: &Marks,
    sets: &[Set],
    spoilt: Option<Spoilt>,
) -> String {
    match envelope.syntax {
        Syntax::X12 => write_x12(envelope, marks, sets, spoilt),
        Syntax::Edifact => write_edifact(envelope, marks, sets, spoilt),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::edi_partner::{Party, Quirks};

    fn envelope(syntax: Syntax) -> Envelope {
        Envelope {
            syntax,
            sender: Party::agreed("CUSTOMER"),
            receiver: Party::agreed("BACKHAUL"),
            number: 7,
            made: Timestamp::constant(1_772_460_300, 0),
            version: "004010".to_owned(),
            isa_version: "00401".to_owned(),
            wants_ack: true,
            test: false,
            ta1: Vec::new(),
        }
    }

    /// What a set holds, written and read back.
    fn there_and_back(syntax: Syntax, quirks: &Quirks, set: &Set) -> Interchange {
        let marks = Marks::of(syntax, quirks);
        let text = write(&envelope(syntax), &marks, std::slice::from_ref(set), None);
        let mut all = read(text.as_bytes()).expect("it reads what it writes");
        assert_eq!(all.len(), 1, "{text}");
        all.remove(0)
    }

    fn quirks(element: char, component: char, terminator: char) -> Quirks {
        Quirks {
            element: Some(element),
            component: Some(component),
            terminator: Some(terminator),
            ..Quirks::default()
        }
    }

    #[test]
    fn it_reads_what_it_writes_whatever_the_separators() {
        let body = vec![
            Segment::new("BGN", ["13", "PR-1", "20260302"]),
            Segment::new("RDR", ["", "DT", "", "corner crushed"]),
        ];
        for quirks in [
            Quirks::default(),
            quirks('|', '^', '\n'),
            quirks('\u{1d}', '>', '\u{1e}'),
        ] {
            let set = Set::new("180", "0001".to_owned(), body.clone());
            let read = there_and_back(Syntax::X12, &quirks, &set);
            assert_eq!(read.defects, []);
            assert_eq!(
                (read.control.as_str(), read.wants_ack, read.test),
                ("000000007", true, false)
            );
            assert_eq!(read.sender, Party::agreed("CUSTOMER"));
            let group = &read.groups[0];
            assert_eq!((group.kind.as_str(), group.control.as_str()), ("AN", "7"));
            assert_eq!(group.sets[0].segments, body);
            assert_eq!((&group.sets[0].defects, &group.defects), (&vec![], &vec![]));
        }
    }

    #[test]
    fn edifact_text_may_hold_every_sign() {
        let body = vec![
            Segment::new("BGM", ["70E"])
                .with(["PR+1", "a:b"])
                .with(["9"]),
            Segment::new("FTX", ["AAI", "", "", "what's this? 1+1: 2"]),
        ];
        for quirks in [Quirks::default(), quirks('|', '-', '!')] {
            let set = Set::new("RETANN", "1".to_owned(), body.clone());
            let read = there_and_back(Syntax::Edifact, &quirks, &set);
            assert_eq!(read.defects, []);
            assert_eq!((read.control.as_str(), read.wants_ack), ("7", true));
            let set = &read.groups[0].sets[0];
            assert_eq!(
                (set.kind.as_str(), &set.segments, &set.defects),
                ("RETANN", &body, &vec![])
            );
        }
    }

    #[test]
    fn x12_text_never_holds_a_separator() {
        let body = vec![Segment::new("RDR", ["", "DT", "", "a*b~c>d"])];
        let set = Set::new("180", "0001".to_owned(), body);
        let read = there_and_back(Syntax::X12, &Quirks::default(), &set);
        assert_eq!(read.groups[0].sets[0].segments[0].get(4), "a b c d");
    }

    #[test]
    fn what_does_not_agree_is_noted_where_it_belongs() {
        let marks = Marks::of(Syntax::X12, &Quirks::default());
        let good = || {
            Set::new(
                "180",
                "0001".to_owned(),
                vec![Segment::new("BGN", ["13", "A", "20260302"])],
            )
        };
        let sets = [
            good(),
            Set {
                miscount: 1,
                control: "0002".to_owned(),
                ..good()
            },
        ];
        let text = write_x12(
            &envelope(Syntax::X12),
            &marks,
            &sets,
            Some(Spoilt::OtherNumber),
        );
        let read_back = |text: &str| read(text.as_bytes()).expect("an interchange").remove(0);
        let torn = read_back(&text);
        assert_eq!(torn.defects[0].code, "001");
        let sets = &torn.groups[0].sets;
        assert_eq!((sets[0].defects.len(), sets[1].defects[0].code), (0, "4"));
        for (from, to, code) in [("GE*2*", "GE*3*", "5"), ("GE*2*7", "GE*2*8", "4")] {
            assert_eq!(
                read_back(&text.replace(from, to)).groups[0].defects[0].code,
                code
            );
        }
        let cut = text.replace("SE*3*0001~\n", "");
        assert_eq!(read_back(&cut).groups[0].sets[0].defects[0].code, "2");
        assert_eq!(
            read_back(&text.replace("GS*AN", "GS*BS")).groups[0].sets[0].defects[0].code,
            "6"
        );
        assert_eq!(
            read_back(&text.replacen("CUSTOMER  ", "CUSTOMER ", 1)).defects[0].code,
            "022"
        );
    }

    #[test]
    fn several_interchanges_share_a_file_and_rubbish_is_none() {
        let marks = Marks::of(Syntax::X12, &Quirks::default());
        let set = Set::new("180", "0001".to_owned(), vec![Segment::new("BGN", ["13"])]);
        let one = write_x12(&envelope(Syntax::X12), &marks, &[set], None);
        let both = format!("\u{feff}{one}\r\n{one}");
        let all = read(both.as_bytes()).expect("two");
        assert_eq!(all.len(), 2);
        assert_eq!(all[0], all[1]);
        for rubbish in [
            "",
            "Dear partner",
            "ISA",
            "ISA*00*",
            "UNA",
            "UNB+UNOC",
            "UNA:+.? 'UNH+1'",
        ] {
            assert!(read(rubbish.as_bytes()).is_err(), "{rubbish:?}");
        }
    }

    #[test]
    fn no_prefix_of_an_interchange_makes_it_stumble() {
        let set = Set::new(
            "180",
            "1".to_owned(),
            vec![Segment::new("BGN", ["13", "\u{e4}\u{20ac}"])],
        );
        for syntax in [Syntax::X12, Syntax::Edifact] {
            let marks = Marks::of(syntax, &Quirks::default());
            let text = write(&envelope(syntax), &marks, std::slice::from_ref(&set), None);
            let bytes = text.as_bytes();
            for end in 0..bytes.len() {
                let whole = read(bytes.get(..end).unwrap_or_default());
                let torn = whole.is_err_and(|why| !why.is_empty())
                    || read(&bytes[..end])
                        .is_ok_and(|all| !all[0].defects.is_empty() || end + 2 >= bytes.len());
                assert!(torn, "{end} of {}", bytes.len());
            }
        }
    }
}
