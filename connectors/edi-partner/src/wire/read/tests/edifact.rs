//! EDIFACT.

use super::*;

const UNB: &str = "UNB+UNOC:3+4000001000005:14+4000002000004:14+250131:1200+REF1++APP++1++1'";
const MESSAGE: &str = "UNH+M1+RETANN:D:96A:EN:EAN001'BGM+70E::9+1276+9'UNT+3+M1'";

fn whole(messages: &str, count: usize) -> String {
    format!("{UNB}{messages}UNZ+{count}+REF1'")
}

#[test]
fn an_interchange_with_all_of_its_parts() {
    let interchange = read(&whole(MESSAGE, 1));
    assert_eq!(faults(&interchange), Vec::<String>::new());
    assert_eq!(interchange.syntax, Syntax::Edifact);
    let sender = &interchange.sender;
    assert_eq!((&*sender.id, &*sender.qualifier), ("4000001000005", "14"));
    assert_eq!(
        (&*interchange.control, &*interchange.version),
        ("REF1", "UNOC:3")
    );
    assert!(interchange.ack_requested && interchange.is_test);
    let set = sets(&interchange)[0];
    assert_eq!((&*set.kind, &*set.control), ("RETANN", "M1"));
    assert_eq!(set.version, "D:96A:EN:EAN001");
    let bgm = &set.segments[0];
    assert_eq!((bgm.component(1, 3), bgm.get(2)), ("9", "1276"));
    assert_eq!((bgm.at.segment, bgm.at.in_set), (3, 2));
}

#[test]
fn una_with_odd_separators_and_a_comma() {
    let text = whole(MESSAGE, 1).replace(':', "|").replace('+', "-");
    let interchange = read(&format!("UNA|-,!_#\r\n{}", text.replace('\'', "#\r\n")));
    assert_eq!(faults(&interchange), Vec::<String>::new());
    assert_eq!(interchange.separators.decimal, b',');
    assert_eq!(sets(&interchange)[0].version, "D:96A:EN:EAN001");
}

#[test]
fn released_characters_are_data_and_a_released_release_is_one() {
    let message = |text: &str| format!("UNH+M1+RETANN:D:96A:EN'FTX+AAI+++{text}'UNT+3+M1'");
    let interchange = read(&whole(&message("it?'s ?:?+??"), 1));
    assert_eq!(faults(&interchange), Vec::<String>::new());
    assert_eq!(sets(&interchange)[0].segments[0].get(4), "it's :+?");
    let none = read(&format!("UNA:+,  '{}", whole(&message("why?"), 1)));
    assert_eq!(faults(&none), Vec::<String>::new());
    assert_eq!(sets(&none)[0].segments[0].get(4), "why?");
}

#[test]
fn syntax_4_repeats_and_has_a_long_date() {
    let text = whole("UNH+M1+RETANN:D:96A:EN'FTX+a*b+++c'UNT+3+M1'", 1);
    let text = text
        .replace("UNOC:3", "UNOC:4")
        .replace("250131:", "20250131:");
    let interchange = read(&text);
    let all: Vec<&str> = sets(&interchange)[0].segments[0].repetitions(1).collect();
    assert_eq!(all, ["a", "b"]);
    assert_eq!(interchange.date, "20250131");
    let before = read(&text.replace("UNOC:4", "UNOC:3"));
    assert_eq!(sets(&before)[0].segments[0].get(1), "a*b");
}

#[test]
fn each_character_set_is_read_as_what_it_is() {
    let with = |identifier: &str, bytes: &[u8]| {
        let text = whole("UNH+M1+RETANN:D:96A:EN'FTX+AAI+++@'UNT+3+M1'", 1);
        let mut all = text.replace("UNOC", identifier).into_bytes();
        let at = all.iter().position(|byte| *byte == b'@').unwrap();
        all.splice(at..=at, bytes.iter().copied());
        super::super::read(&all, &Limits::default()).unwrap()
    };
    let text = |interchange: &Interchange| sets(interchange)[0].segments[0].get(4).to_owned();
    assert_eq!(text(&with("UNOC", b"\xfc")), "ü");
    assert_eq!(text(&with("UNOY", "ü€".as_bytes())), "ü€");
    assert_eq!(text(&with("UNOE", b"\xbc")), "М");
    assert_eq!(faults(&with("UNOA", b"\xfc")), ["Element 21"]);
    assert_eq!(faults(&with("UNOY", b"\xfc")), ["Element 21"]);
    assert_eq!(faults(&with("UNOX", b"x")), ["Interchange 2"]);
}

#[test]
fn each_fault_of_an_envelope_has_its_code() {
    let good = whole(MESSAGE, 1);
    let cases = [
        ("UNZ+1+REF1", "UNZ+1+REF2", "Interchange 28"),
        ("UNZ+1+REF1", "UNZ+2+REF1", "Interchange 29"),
        ("UNZ+1+REF1'", "", "Interchange 13"),
        ("REF1", "", "Interchange 12"),
        ("UNT+3+M1", "UNT+3+M2", "Set 28"),
        ("UNT+3+M1", "UNT+4+M1", "Set 29"),
        ("UNT+3+M1'", "", "Set 13"),
        ("RETANN:D", ":D", "Set 13"),
        ("M1", "", "Set 12"),
    ];
    for (from, to, fault) in cases {
        assert!(good.contains(from));
        assert_eq!(
            faults(&read(&good.replace(from, to))),
            [fault],
            "{from} → {to}"
        );
    }
}

#[test]
fn a_bad_message_does_not_touch_its_neighbours() {
    let message = |n: usize| MESSAGE.replace("M1", &format!("M{n}"));
    let open = message(2).replace("UNT+3+M2'", "");
    let interchange = read(&whole(&format!("{}{open}{}", message(1), message(3)), 3));
    assert_eq!(faults(&interchange), ["Set 13"]);
    let found: Vec<usize> = sets(&interchange)
        .iter()
        .map(|set| set.faults.len())
        .collect();
    assert_eq!(found, [0, 1, 0]);
    let twice = read(&whole(&format!("{MESSAGE}{MESSAGE}"), 2));
    assert_eq!(faults(&twice), ["Set 26"]);
}

#[test]
fn groups_of_messages() {
    let group = |control: &str| {
        let head = format!("UNG+RETANN+A+B+250131:1200+{control}+UN+D:96A'");
        format!("{head}{MESSAGE}UNE+1+{control}'")
    };
    let interchange = read(&whole(&format!("{}{}", group("G1"), group("G2")), 2));
    assert_eq!(faults(&interchange), Vec::<String>::new());
    let first = &interchange.groups[0];
    assert_eq!((&*first.functional_id, &*first.control), ("RETANN", "G1"));
    assert_eq!(first.version, "D:96A");
    let wrong = whole(&group("G1").replace("UNE+1+G1", "UNE+2+G9"), 1);
    assert_eq!(faults(&read(&wrong)), ["Group 28", "Group 29"]);
    let twice = whole(&format!("{}{}", group("G1"), group("G1")), 2);
    assert_eq!(faults(&read(&twice)), ["Group 26"]);
    let mixed = whole(&format!("{}{MESSAGE}", group("G1")), 1);
    assert!(faults(&read(&mixed)).contains(&"Interchange 30".to_owned()));
    let open = whole(&group("G1").replace("UNE+1+G1'", ""), 1);
    assert_eq!(faults(&read(&open)), ["Group 13"]);
}

#[test]
fn a_package_of_binary_data_is_refused_alone() {
    let text = whole(&format!("UNO+P1+A+B+7'ab'UNT+'UNP+7+P1'{MESSAGE}"), 2);
    let interchange = read(&text);
    assert_eq!(faults(&interchange), ["Set 15"]);
    assert_eq!(sets(&interchange)[1].faults, []);
}
