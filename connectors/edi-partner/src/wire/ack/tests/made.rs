//! 997 and TA1.

use super::*;
use crate::wire::schema::validate;

const GS: &str = "GS*AN*THEM*US*20250131*1200*17*X*004010~";

fn set(control: &str, segments: &str, count: usize) -> String {
    format!("ST*180*{control}~{segments}SE*{count}*{control}~")
}

fn answer(interchange: &Interchange) -> Vec<String> {
    let sets = &interchange.groups[0].sets;
    let extra: Vec<Fault> = sets.iter().flat_map(validate).collect();
    shown(
        Syntax::X12,
        &acknowledge_997(interchange, 0, &extra).segments,
    )
}

#[test]
fn all_accepted() {
    let good = set("0001", "BGN*13*R-1*20250131~", 3);
    let interchange = x12(&format!("{GS}{good}GE*1*17~"));
    let wanted = ["AK1*AN*17", "AK2*180*0001", "AK5*A", "AK9*A*1*1*1"];
    assert_eq!(answer(&interchange), wanted);
    assert_eq!(ta1_note(&interchange), (Verdict::Accepted, "000"));
    let ta1 = acknowledge_ta1(&interchange, Verdict::Accepted, "000");
    assert_eq!(
        shown(Syntax::X12, &[ta1]),
        ["TA1*000000905*250131*1200*A*000"]
    );
}

#[test]
fn one_bad_set_among_good_ones_is_told_with_segment_and_element() {
    let good = |control: &str| set(control, "BGN*13*R-1*20250131~", 3);
    let bad = set("0002", "BGN*13**20251332~BLI*VN*A*1x*EA~", 4);
    let interchange = x12(&format!(
        "{GS}{}{bad}{}GE*3*17~",
        good("0001"),
        good("0003")
    ));
    let wanted = [
        "AK1*AN*17",
        "AK2*180*0001",
        "AK5*A",
        "AK2*180*0002",
        "AK3*BGN*2**8",
        "AK4*2*127*1",
        "AK4*3*373*8*20251332",
        "AK3*BLI*3**8",
        "AK4*3*380*6*1x",
        "AK5*R*5",
        "AK2*180*0003",
        "AK5*A",
        "AK9*P*3*3*2",
    ];
    assert_eq!(answer(&interchange), wanted);
}

#[test]
fn missing_unknown_and_misplaced_segments() {
    let bad = set(
        "0001",
        "RDR*CR~BLI*VN*A*1*EA~ZZZ*1~BRA*1~PRF*PO~BGN*13*R-1*20250131~",
        8,
    );
    let interchange = x12(&format!("{GS}{bad}GE*1*17~"));
    let wanted = [
        "AK1*AN*17",
        "AK2*180*0001",
        "AK3*BGN*2**3",
        "AK3*ZZZ*4**1",
        "AK3*BRA*5**6",
        "AK3*BGN*7**7",
        "AK5*R*5",
        "AK9*R*1*1*0",
    ];
    assert_eq!(answer(&interchange), wanted);
}

#[test]
fn a_set_without_its_trailer_and_a_wrong_count() {
    let open = "ST*180*0001~BGN*13*R-1*20250131~";
    let wrong = set("0002", "BGN*13*R-1*20250131~", 9);
    let interchange = x12(&format!("{GS}{open}{wrong}GE*2*17~"));
    let wanted = [
        "AK1*AN*17",
        "AK2*180*0001",
        "AK5*R*2",
        "AK2*180*0002",
        "AK5*R*4",
        "AK9*R*2*2*0",
    ];
    assert_eq!(answer(&interchange), wanted);
}

#[test]
fn a_bad_group_refuses_its_sets_and_keeps_the_counts_apart() {
    let good = set("0001", "BGN*13*R-1*20250131~", 3);
    let interchange = x12(&format!("{GS}{good}GE*5*18~"));
    assert_eq!(answer(&interchange), ["AK1*AN*17", "AK9*R*5*1*0*4*5"]);
}

#[test]
fn faults_that_are_only_noted_accept_with_errors() {
    let noted = set("0001", "BGN*13*R-1*20251332~", 3);
    let interchange = x12(&format!("{GS}{noted}GE*1*17~"));
    let notes = validate(&interchange.groups[0].sets[0]);
    let answer = acknowledge_997_noting(&interchange, 0, &[], &notes);
    let wanted = [
        "AK1*AN*17",
        "AK2*180*0001",
        "AK3*BGN*2**8",
        "AK4*3*373*8*20251332",
        "AK5*E*5",
        "AK9*E*1*1*1",
    ];
    assert_eq!(shown(Syntax::X12, &answer.segments), wanted);
}

#[test]
fn a_fault_of_the_set_from_elsewhere_finds_its_set() {
    let good = |control: &str| set(control, "BGN*13*R-1*20250131~", 3);
    let interchange = x12(&format!("{GS}{}{}GE*2*17~", good("0001"), good("0002")));
    let second = &interchange.groups[0].sets[1];
    let fault = Fault {
        at: second.at,
        ..Fault::new(
            crate::wire::model::Level::Set,
            "1",
            "not agreed with this partner",
        )
    };
    let answer = acknowledge_997(&interchange, 0, &[fault]);
    let wanted = [
        "AK1*AN*17",
        "AK2*180*0001",
        "AK5*A",
        "AK2*180*0002",
        "AK5*R*1",
        "AK9*P*2*2*1",
    ];
    assert_eq!(shown(Syntax::X12, &answer.segments), wanted);
}

#[test]
fn bad_data_that_would_be_a_separator_is_not_sent_back() {
    let bad = set("0001", "BGN*13*R-1*20250131~BLI*VN*A*a:b*EA~", 4);
    let interchange = x12(&format!("{GS}{bad}GE*1*17~"));
    assert!(answer(&interchange).contains(&"AK4*3*380*6".to_owned()));
}

#[test]
fn an_envelope_with_a_fault_is_refused_with_its_note() {
    let text = format!("{ISA}IEA*3*000000905~");
    let interchange = read(text.as_bytes(), &Limits::default()).unwrap();
    let (verdict, note) = ta1_note(&interchange);
    let ta1 = acknowledge_ta1(&interchange, verdict, note);
    assert_eq!(
        shown(Syntax::X12, &[ta1]),
        ["TA1*000000905*250131*1200*R*021"]
    );
}
