//! Writing: what is written reads back equal; what cannot be written is refused by name.
#![allow(clippy::unwrap_used, reason = "tests")]

mod round_trip;

use super::*;
use crate::wire::model::Party;
use crate::wire::outgoing::OutSet;

fn party(id: &str) -> Party {
    Party {
        qualifier: "ZZ".to_owned(),
        id: id.to_owned(),
    }
}

fn x12() -> Envelope {
    Envelope {
        separators: Separators {
            element: b'*',
            component: b'>',
            repetition: None,
            release: None,
            terminator: b'~',
            decimal: b'.',
        },
        sender: party("US"),
        receiver: party("THEM"),
        control: "42".to_owned(),
        date: "250131".to_owned(),
        time: "1200".to_owned(),
        version: "00401".to_owned(),
        ack_requested: false,
        is_test: false,
        application: String::new(),
        una: false,
        line_breaks: true,
    }
}

fn edifact() -> Envelope {
    Envelope {
        separators: DEFAULTS,
        version: "UNOC:3".to_owned(),
        control: "REF1".to_owned(),
        application: "RETURNS".to_owned(),
        ack_requested: true,
        ..x12()
    }
}

fn group(segments: Vec<OutSegment>) -> OutGroup {
    OutGroup {
        functional_id: "AN".to_owned(),
        sender: "US".to_owned(),
        receiver: "THEM".to_owned(),
        date: "20250131".to_owned(),
        time: "1200".to_owned(),
        control: "7".to_owned(),
        version: "004010".to_owned(),
        sets: vec![OutSet {
            kind: "180".to_owned(),
            control: "0001".to_owned(),
            implementation: None,
            segments,
        }],
    }
}

fn interchange_x12(envelope: &Envelope, groups: &[OutGroup]) -> Result<Vec<u8>, WriteError> {
    interchange_x12_with(envelope, &[], groups)
}

fn message(segments: Vec<OutSegment>) -> OutMessage {
    OutMessage {
        kind: "RETINS".to_owned(),
        version: "D:96A:EN:EAN001".to_owned(),
        control: "1".to_owned(),
        segments,
    }
}

#[test]
fn an_x12_interchange_with_counts_and_without_empty_ends() {
    let bgn = OutSegment::new("BGN")
        .text("11")
        .text("R-1")
        .skip(2)
        .text("")
        .skip(3);
    let qty = OutSegment::new("QTY")
        .text("76")
        .text("2")
        .composite(["EA", "", ""]);
    let bytes = interchange_x12(&x12(), &[group(vec![bgn, qty])]).unwrap();
    let wanted = "ISA*00*          *00*          *ZZ*US             *ZZ*THEM           *250131*1200*U*00401*000000042*0*P*>~\n\
        GS*AN*US*THEM*20250131*1200*7*X*004010~\n\
        ST*180*0001~\nBGN*11*R-1~\nQTY*76*2*EA~\nSE*4*0001~\nGE*1*7~\nIEA*1*000000042~\n";
    assert_eq!(String::from_utf8(bytes).unwrap(), wanted);
}

#[test]
fn interchange_acknowledgements_stand_before_the_groups() {
    let ta1 = OutSegment::new("TA1").text("000000001").text("250131");
    let bytes = interchange_x12_with(&x12(), &[ta1], &[group(Vec::new())]).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(
        text.contains("*P*>~\nTA1*000000001*250131~\nGS*AN*"),
        "{text}"
    );
}

#[test]
fn an_edifact_interchange_with_releases() {
    let ftx = OutSegment::new("FTX")
        .text("AAI")
        .skip(2)
        .composite(["it's 1:1 + why?", "b"]);
    let envelope = Envelope {
        line_breaks: false,
        una: true,
        ..edifact()
    };
    let bytes = interchange_edifact(&envelope, &[message(vec![ftx])]).unwrap();
    let wanted = "UNA:+.? 'UNB+UNOC:3+US:ZZ+THEM:ZZ+250131:1200+REF1++RETURNS++1'\
        UNH+1+RETINS:D:96A:EN:EAN001'FTX+AAI+++it?'s 1?:1 ?+ why??:b'UNT+3+1'UNZ+1+REF1'";
    assert_eq!(String::from_utf8(bytes).unwrap(), wanted);
}

#[test]
fn a_separator_in_x12_data_is_refused_with_its_place() {
    for text in ["a*b", "a>b", "a~b", "a\nb"] {
        let nte = OutSegment::new("NTE").text("GEN").text(text);
        let error = interchange_x12(&x12(), &[group(vec![nte])]).unwrap_err();
        assert_eq!((&*error.segment, error.element), ("NTE", 2), "{error}");
    }
    let mut envelope = x12();
    envelope.sender.id = "U*S".to_owned();
    let error = interchange_x12(&envelope, &[]).unwrap_err();
    assert_eq!((&*error.segment, error.element), ("ISA", 6));
}

#[test]
fn what_does_not_fit_is_refused() {
    let error = |envelope: &Envelope| interchange_x12(envelope, &[]).unwrap_err().to_string();
    let mut long = x12();
    long.receiver.id = "A NAME OF MORE THAN 15".to_owned();
    assert!(error(&long).contains("longer than 15"));
    let mut broken = x12();
    broken.sender.id = "US\n".to_owned();
    assert!(error(&broken).contains("control character"));
    let mut marks = x12();
    marks.separators.component = b'*';
    assert!(error(&marks).contains("two things"));
    marks.separators.component = b'A';
    assert!(error(&marks).contains("cannot separate"));
    let mut released = x12();
    released.separators.release = Some(b'?');
    assert!(error(&released).contains("no release"));
    let mut repeated = x12();
    repeated.separators.repetition = Some(b'^');
    assert!(error(&repeated).contains("repeats nothing"));
    let named = group(vec![OutSegment::new("TOOLONG")]);
    assert!(interchange_x12(&x12(), &[named]).is_err());
}

#[test]
fn characters_outside_of_the_set_and_odd_separators_without_una_are_refused() {
    let ftx = || vec![message(vec![OutSegment::new("FTX").text("€")])];
    let error = |envelope: &Envelope| interchange_edifact(envelope, &ftx()).unwrap_err();
    assert!(error(&edifact()).what.contains("character set"));
    let mut odd = edifact();
    odd.separators.element = b'|';
    assert!(error(&odd).what.contains("UNA"));
    let mut unknown = edifact();
    unknown.version = "UNOX:3".to_owned();
    assert!(error(&unknown).what.contains("UNOX"));
    let mut utf8 = edifact();
    utf8.version = "UNOY:3".to_owned();
    assert!(interchange_edifact(&utf8, &ftx()).is_ok());
}
