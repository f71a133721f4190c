//! CONTRL, made and read.

use super::*;
use crate::wire::schema::validate;

const UNB: &str = "UNB+UNOC:3+THEM:14+US:14+250131:1200+REF1++++1'";

fn message(control: &str) -> String {
    let nad = "NAD+BY+4000001000005::9'";
    let lin = "LIN+1++4000862141404:EN'";
    let head = format!("UNH+{control}+RETANN:D:96A:EN:EAN001'BGM+70E::9+R-1+9'");
    format!("{head}DTM+137:20250131:102'{nad}{lin}QTY+61:48'UNS+S'UNT+8+{control}'")
}

fn interchange(messages: &str, count: usize) -> Interchange {
    let text = format!("{UNB}{messages}UNZ+{count}+REF1'");
    read(text.as_bytes(), &Limits::default()).unwrap()
}

fn answer(interchange: &Interchange) -> Vec<String> {
    let sets = interchange.groups.iter().flat_map(|group| &group.sets);
    let extra: Vec<Fault> = sets.flat_map(validate).collect();
    let contrl = acknowledge_contrl(interchange, &extra);
    shown(Syntax::Edifact, &contrl.segments)
}

#[test]
fn all_acknowledged_needs_one_segment() {
    let interchange = interchange(&format!("{}{}", message("M1"), message("M2")), 2);
    assert_eq!(answer(&interchange), ["UCI+REF1+THEM:14+US:14+7"]);
}

#[test]
fn a_bad_message_is_told_with_segment_and_element() {
    let bad = message("M2")
        .replace("QTY+61:48", "QTY+61:4x")
        .replace("DTM+137:20250131:102'", "");
    let bad = bad.replace("UNT+8", "UNT+7");
    let interchange = interchange(&format!("{}{bad}", message("M1")), 2);
    let wanted = [
        "UCI+REF1+THEM:14+US:14+7",
        "UCM+M2+RETANN:D:96A:EN:EAN001+4",
        "UCS+3+13",
        "UCS+5",
        "UCD+21+2:2",
    ];
    assert_eq!(answer(&interchange), wanted);
}

#[test]
fn a_message_with_a_wrong_trailer_and_an_interchange_with_one() {
    let wrong = message("M1").replace("UNT+8", "UNT+9");
    let wanted = [
        "UCI+REF1+THEM:14+US:14+7",
        "UCM+M1+RETANN:D:96A:EN:EAN001+4+29+UNT",
    ];
    assert_eq!(answer(&interchange(&wrong, 1)), wanted);
    let wanted = ["UCI+REF1+THEM:14+US:14+4+29+UNZ"];
    assert_eq!(answer(&interchange(&message("M1"), 7)), wanted);
}

#[test]
fn groups_are_named_when_something_in_them_is_refused() {
    let group = |control: &str, message: &str| {
        let head = format!("UNG+RETANN+A+B+250131:1200+{control}+UN+D:96A'");
        format!("{head}{message}UNE+1+{control}'")
    };
    let wrong = message("M1").replace("UNT+8", "UNT+9");
    let both = format!("{}{}", group("G1", &message("M1")), group("G2", &wrong));
    let wanted = [
        "UCI+REF1+THEM:14+US:14+7",
        "UCF+G2+A+B+7",
        "UCM+M1+RETANN:D:96A:EN:EAN001+4+29+UNT",
    ];
    assert_eq!(answer(&interchange(&both, 2)), wanted);
}

fn read_contrl(segments: &str) -> Vec<AckOf> {
    let text = format!("UNH+1+CONTRL:D:3:UN'{segments}UNT+9+1'");
    read_acks(&interchange(&text, 1))
}

fn verdict(segments: &str) -> Option<Verdict> {
    let acks = read_contrl(segments);
    verdict_of(&acks, "OURS", "", "M1")?.verdict_of_unnamed()
}

#[test]
fn what_comes_back() {
    let uci = |action: &str| format!("UCI+OURS+US+THEM+{action}'");
    assert_eq!(verdict(&uci("7")), Some(Verdict::Accepted));
    assert_eq!(verdict(&uci("8")), None);
    assert_eq!(verdict(&uci("4+23")), Some(Verdict::Rejected));
    assert_eq!(verdict(&uci("")), Some(Verdict::Rejected));
    assert_eq!(verdict("UCI+OTHER+US+THEM+7'"), None);
    let other = format!("{}UCM+M2+RETINS:D:96A:EN+4+12'", uci("7"));
    assert_eq!(verdict(&other), Some(Verdict::Accepted));
    let ours = format!("{}UCM+M1+RETINS:D:96A:EN+4+12'", uci("7"));
    assert_eq!(verdict(&ours), Some(Verdict::Rejected));
    let stricter = format!("{}UCM+M1+RETINS:D:96A:EN+7'", uci("4"));
    assert_eq!(verdict(&stricter), Some(Verdict::Rejected));
}

#[test]
fn codes_and_a_sentence_say_why() {
    let acks =
        read_contrl("UCI+OURS+US+THEM+7'UCM+M1+RETINS:D:96A:EN+4'UCS+3'UCD+12+2:1'UCS+5+13'");
    assert_eq!(acks.len(), 2);
    assert_eq!(acks[1].codes, ["4", "12", "13"]);
    let wanted = "message RETINS M1 refused; segment 3; element 1: 12 (wrong value); segment 5: 13 (missing)";
    assert_eq!(acks[1].text, wanted);
    assert_eq!(acks[0].text, "interchange OURS accepted");
}
