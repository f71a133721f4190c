//! The tables against sets.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::wire::limits::Limits;
use crate::wire::read::read;

const ISA: &str = "ISA*00*          *00*          *ZZ*THEM           *ZZ*US             *250131*1200*U*00401*000000905*0*P*>~";

/// The faults of an X12 set: code, segment, element.
fn x12(kind: &str, version: &str, segments: &str) -> Vec<String> {
    let count = segments.matches('~').count() + 2;
    let head = format!("{ISA}GS*AN*A*B*20250131*1200*1*X*{version}~ST*{kind}*0001~");
    let text = format!("{head}{segments}SE*{count}*0001~GE*1*1~IEA*1*000000905~");
    found(&text)
}

fn edifact(kind: &str, segments: &str) -> Vec<String> {
    let count = segments.matches('\'').count() + 2;
    let head = format!("UNB+UNOC:3+A+B+250131:1200+1'UNH+1+{kind}'");
    found(&format!("{head}{segments}UNT+{count}+1'UNZ+1+1'"))
}

fn found(text: &str) -> Vec<String> {
    let interchange = read(text.as_bytes(), &Limits::default()).unwrap();
    let set = &interchange.groups[0].sets[0];
    assert_eq!(set.faults, []);
    let faults = validate(set);
    let show = |fault: &Fault| match (fault.element, fault.component) {
        (0, _) => format!("{}@{} {}", fault.segment, fault.at.in_set, fault.code),
        (n, 0) => format!("{}{n:02} {}", fault.segment, fault.code),
        (n, c) => format!("{}{n:02}-{c} {}", fault.segment, fault.code),
    };
    faults.iter().map(show).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn every_table_can_be_read() {
    assert!(table::load().is_ok(), "{}", table::load().err().unwrap());
    for kind in ["180", "812", "861", "944", "997", "999"] {
        assert!(is_known(kind, "004010VICS"), "{kind}");
        assert!(is_known(kind, "005010"), "{kind}");
    }
    for kind in ["RETANN", "RETINS"] {
        assert!(is_known(kind, "D:96A:EN:EAN001"), "{kind}");
        assert!(is_known(kind, "D:01B:UN"), "{kind}");
    }
    assert!(is_known("CONTRL", "D:3:UN"));
    assert!(!is_known("850", "004010"));
    assert!(!is_known("180", "001000"));
    assert!(!is_known("INVOIC", "D:96A:UN"));
    assert_eq!(reference("180", "004010", "BGN", 1), Some("353"));
    assert_eq!(reference("180", "004010", "QTY", 3), None);
    assert_eq!(reference("180", "004010", "BGN", 99), None);
}

#[test]
fn a_return_request_with_all_of_its_loops() {
    let set = "BGN*13*R-1*20250131*1200*ET~RDR*CR*DA~PRF*PO-1~DTM*324*20250130~N9*IV*INV-1~\
        PER*CR*JANE*TE*555~N1*SF*STORE*92*12~N3*STREET~N4*CITY*NY*10001*US~N1*ST*HOUSE~\
        BLI*VN*SKU-1*2*EA*PUR*12.50**UP*012345678905~N9*SE*S-1~PID*F****BOX~RDR**DM~\
        QTY*76*2*EA~LX*1~N9*SE*S-1~QTY*38*5~BLI*VN*SKU-2*1*EA~";
    assert_eq!(x12("180", "004010", set), NONE);
    assert_eq!(x12("180", "005010", set), NONE);
}

#[test]
fn each_kind_that_comes_in() {
    let credit = "BCD*20250131*A-1*H*1250*C*20250101*INV-1****CR*CR*QJ*R-1~N9*QJ*R-1~\
        N1*BY*BUYER*92*01~CDD*72*C**1250***1*EA**PUR*12.5~LIN*1*VN*SKU-1~";
    assert_eq!(x12("812", "004010", credit), NONE);
    let receiving = "BRA*RC-1*20250131*00*3~REF*QJ*R-1~DTM*050*20250131~N1*RC*HOUSE*92*07~\
        RCD*1*8*EA*2*EA*1*EA*01~LIN**VN*SKU-1~REF*SE*S-1~CTT*1~";
    assert_eq!(x12("861", "004010", receiving), NONE);
    let receipt = "W17*C*20250131*RC-1*R-1~N1*WH*HOUSE*92*07~N9*QJ*R-1~W07*3*EA**VN*SKU-1~\
        N9*SE*S-1~W13*1*EA*01**CC~W14*3**1~";
    assert_eq!(x12("944", "004010", receipt), NONE);
    let answer = "AK1*CD*1~AK2*812*0001~AK3*BCD*2**8~AK4*4>1*610*6*X~AK5*R*5~AK9*R*1*1*0~";
    assert_eq!(x12("997", "004010", answer), NONE);
    let answer = "AK1*CD*1*005010~AK2*812*0001~IK3*BCD*2**8~CTX*S~IK4*4*610*6~IK5*R*5~AK9*R*1*1*0~";
    assert_eq!(x12("999", "005010", answer), NONE);
}

#[test]
fn messages_that_come_in() {
    let announcement = "BGM+70E::9+1276+9'DTM+137:19970830:102'DOC+381'RFF+DQ:ACX-8552'\
        DTM+171:19970820:102'NAD+BY+4000001000005::9'LOC+14+1'NAD+SU+4000002000004::9'\
        LIN+1++4000862141404:EN'PIA+5+SKU:SA'QTY+61:48'CDI+3E+12E::9'UNS+S'CNT+2:1'";
    assert_eq!(edifact("RETANN:D:96A:EN:EAN001", announcement), NONE);
    assert_eq!(edifact("RETANN:D:01B:UN:EAN003", announcement), NONE);
    let instruction = "BGM+71E::9+77+9'DTM+137:20250131:102'RFF+ALQ:1276'\
        NAD+BY+4000001000005::9'LIN+1++4000862141404:EN'QTY+61:48'CDI+1+5'INP+1:2+1'CNT+2:1'";
    assert_eq!(edifact("RETINS:D:01B:UN", instruction), NONE);
    let report = "UCI+REF+A:14+B:14+7'UCM+1+RETANN:D:96A:EN+4+12'UCS+3'UCD+12+2:1'";
    assert_eq!(edifact("CONTRL:D:3:UN", report), NONE);
    assert_eq!(edifact("CONTRL:2:2:UN", report), NONE);
}

#[test]
fn segments_missing_misplaced_and_used_too_often() {
    assert_eq!(x12("180", "004010", "RDR*CR~"), ["BGN@2 3"]);
    assert_eq!(
        x12("944", "004010", "W17*C*20250131*RC-1~"),
        ["W07@3 3", "W14@3 3"]
    );
    let bgn = "BGN*13*R-1*20250131~";
    assert_eq!(x12("180", "004010", &format!("{bgn}{bgn}")), ["BGN@3 5"]);
    let per = "PER*CR~".repeat(3);
    assert_eq!(x12("180", "004010", &format!("{bgn}{per}")), ["PER@5 5"]);
    let late = format!("{bgn}BLI*VN*A~PER*CR~");
    assert_eq!(x12("180", "004010", &late), ["PER@4 7"]);
    assert_eq!(
        x12("180", "004010", &format!("{bgn}W07*1*EA~")),
        ["W07@3 6"]
    );
    assert_eq!(
        x12("180", "004010", &format!("{bgn}XYZ*1~BLI*VN*A~")),
        ["XYZ@3 1"]
    );
    let loops = "N1*ST*A~".repeat(11);
    let set = format!("W17*C*20250131*RC-1~{loops}W07*1*EA~W14*1~");
    assert_eq!(x12("944", "004010", &set), ["N1@13 4"]);
    let no_verdict = "AK1*CD*1~AK2*812*0001~AK9*R*1*1*0~";
    assert_eq!(x12("997", "004010", no_verdict), ["AK5@4 3"]);
}

#[test]
fn messages_without_their_segments() {
    let none = "BGM+70E+1276+9'DTM+137:19970830:102'NAD+BY+1'UNS+S'";
    assert_eq!(edifact("RETANN:D:96A:EN", none), ["LIN@5 13"]);
    let twice = "BGM+70E+1276+9'BGM+70E'DTM+137:19970830:102'NAD+BY+1'LIN+1'UNS+S'";
    assert_eq!(edifact("RETANN:D:96A:EN", twice), ["BGM@3 35"]);
}

#[test]
fn elements_missing_too_long_too_many_and_of_a_wrong_type() {
    let bgn = |rest: &str| x12("180", "004010", &format!("BGN*{rest}~"));
    assert_eq!(bgn("13*R-1*20250131"), NONE);
    assert_eq!(bgn("*R-1*20250131"), ["BGN01 1"]);
    assert_eq!(bgn("13*R-1"), ["BGN03 1"]);
    assert_eq!(bgn("1*R-1*20250131"), ["BGN01 4"]);
    assert_eq!(bgn("131*R-1*20250131"), ["BGN01 5"]);
    assert_eq!(bgn("13*R-1*20250230"), ["BGN03 8"]);
    assert_eq!(bgn("13*R-1*250130"), ["BGN03 8"]);
    assert_eq!(bgn("13*R-1*20250131*2561"), ["BGN04 9"]);
    assert_eq!(bgn("13*R-1*20250131******123"), ["BGN09 5"]);
    assert_eq!(bgn("13*R-1*20250131******11*x"), ["BGN10 3"]);
    let qty = |rest: &str| {
        x12(
            "180",
            "004010",
            &format!("BGN*13*R*20250131~BLI*VN*A~QTY*{rest}~"),
        )
    };
    assert_eq!(qty("76*-1.5*EA"), NONE);
    assert_eq!(qty("76*1x*EA"), ["QTY02 6"]);
    assert_eq!(qty("76*1>x*E"), ["QTY02 6", "QTY03-1 4"]);
    let bcd = |amount: &str| x12("812", "004010", &format!("BCD*20250131*A*H*{amount}*C~"));
    assert_eq!(bcd("-1250"), NONE);
    assert_eq!(bcd("12.50"), ["BCD04 6"]);
}

#[test]
fn lengths_and_dates_by_version() {
    let long = "R".repeat(40);
    let bgn = |version: &str, date: &str, text: &str| {
        x12("180", version, &format!("BGN*13*{text}*{date}~"))
    };
    assert_eq!(bgn("004010", "20250131", &long), ["BGN02 5"]);
    assert_eq!(bgn("005010", "20250131", &long), NONE);
    assert_eq!(bgn("003030", "250131", "R-1"), NONE);
    let rff = |version: &str| {
        let text = "R".repeat(60);
        let head = format!("BGM+70E+1'DTM+137:20250131:102'RFF+DQ:{text}'");
        edifact(version, &format!("{head}NAD+BY+1'LIN+1'UNS+S'"))
    };
    assert_eq!(rff("RETANN:D:96A:EN"), ["RFF01-2 39"]);
    assert_eq!(rff("RETANN:D:01B:UN"), NONE);
}

#[test]
fn components_missing_too_many_and_impossible_dates() {
    let with = |dtm: &str, lin: &str| {
        let head = format!("BGM+70E+1'DTM+{dtm}'NAD+BY+1'");
        edifact("RETANN:D:96A:EN", &format!("{head}LIN+{lin}'UNS+S'"))
    };
    assert_eq!(with("137:20250131:102", "1"), NONE);
    assert_eq!(with("137:20250132:102", "1"), ["DTM01-2 12"]);
    assert_eq!(with(":20250131:102", "1"), ["DTM01-1 13"]);
    assert_eq!(with("137:20250131:102:9", "1"), ["DTM01-4 16"]);
    assert_eq!(with("137:20250131:102", "1:2"), ["LIN01-2 16"]);
}
