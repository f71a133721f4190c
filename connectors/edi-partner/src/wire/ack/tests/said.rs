//! What comes back to us in X12.

use super::*;

fn acks(sets: &str, count: usize) -> Vec<AckOf> {
    let group = format!("GS*FA*THEM*US*20250131*1200*3*X*004010~{sets}GE*{count}*3~");
    read_acks(&x12(&group))
}

fn of(segments: &str) -> Vec<AckOf> {
    acks(&format!("ST*997*0001~{segments}SE*9*0001~"), 1)
}

/// What is said of set `0001` of group 17.
fn verdict(segments: &str) -> Option<Verdict> {
    let acks = of(segments);
    verdict_of(&acks, "000000042", "17", "0001")?.verdict_of_unnamed()
}

#[test]
fn accepted_also_when_the_set_is_not_named() {
    let named = "AK1*CD*17~AK2*812*0001~AK5*A~AK9*A*1*1*1~";
    assert_eq!(verdict(named), Some(Verdict::Accepted));
    assert_eq!(verdict("AK1*CD*17~AK9*A*1*1*1~"), Some(Verdict::Accepted));
    assert_eq!(verdict("AK1*CD*18~AK9*A*1*1*1~"), None);
    assert_eq!(verdict("AK1*CD*0017~AK9*A*1*1*1~"), Some(Verdict::Accepted));
}

#[test]
fn the_stricter_of_set_and_group_counts() {
    let group = "AK1*CD*17~AK2*812*0001~AK5*A~AK9*R*1*1*0*5~";
    assert_eq!(verdict(group), Some(Verdict::Rejected));
    let set = "AK1*CD*17~AK2*812*0001~AK5*R*5~AK9*A*1*1*1~";
    assert_eq!(verdict(set), Some(Verdict::Rejected));
    let errors = "AK1*CD*17~AK2*812*0001~AK5*E*5~AK9*E*1*1*1~";
    assert_eq!(verdict(errors), Some(Verdict::AcceptedWithErrors));
}

#[test]
fn in_part_refuses_only_the_named() {
    let other = "AK1*CD*17~AK2*812*0002~AK5*R*5~AK9*P*2*2*1~";
    assert_eq!(verdict(other), Some(Verdict::Accepted));
    let ours = "AK1*CD*17~AK2*812*0001~AK5*R*5~AK9*P*2*2*1~";
    assert_eq!(verdict(ours), Some(Verdict::Rejected));
}

#[test]
fn what_is_cut_short_or_not_known_accepts_nothing() {
    assert_eq!(verdict("AK1*CD*17~"), Some(Verdict::Rejected));
    assert_eq!(
        verdict("AK1*CD*17~AK2*812*0001~AK9*A*1*1*1~"),
        Some(Verdict::Rejected)
    );
    assert_eq!(verdict("AK1*CD*17~AK9*X*1*1*0~"), Some(Verdict::Rejected));
}

#[test]
fn codes_and_a_sentence_say_why() {
    let acks = of("AK1*CD*17~AK2*812*0001~AK3*BCD*2**8~AK4*4*610*6*12X~AK5*R*5~AK9*R*1*1*0~");
    assert_eq!(acks.len(), 2);
    assert_eq!(
        (acks[0].group.as_deref(), acks[0].set.as_deref()),
        (Some("17"), None)
    );
    let set = &acks[1];
    assert_eq!((&*set.functional_id, &*set.set_kind), ("CD", "812"));
    assert_eq!(set.codes, ["R", "5", "8", "6"]);
    let wanted = "set 812 0001 refused: 5 (segments are in error); BCD at 2: 8 (elements in error); element 4 \"12X\": 6 (wrong character)";
    assert_eq!(set.text, wanted);
    assert_eq!(acks[0].text, "group 17 refused: 0 of 1 sets accepted");
}

#[test]
fn a_999_says_the_same_in_other_words() {
    let sets = "ST*999*0001*005010X231~AK1*CD*17~AK2*812*0001~IK3*BCD*2**8~CTX*SITUATIONAL~IK4*4*610*6*12X~IK5*R*5~AK9*P*2*2*1~SE*9*0001~";
    let acks = acks(sets, 1);
    let set = verdict_of(&acks, "1", "17", "0001").unwrap();
    assert_eq!(
        (set.kind, set.verdict),
        (AckKind::Implementation999, Verdict::Rejected)
    );
    assert_eq!(set.codes, ["R", "5", "8", "6"]);
}

#[test]
fn a_ta1_speaks_of_the_interchange() {
    let ta1 = |verdict: &str, note: &str| {
        let text = format!("{ISA}TA1*000000042*250131*1200*{verdict}*{note}~IEA*0*000000905~");
        read_acks(&read(text.as_bytes(), &Limits::default()).unwrap())
    };
    let accepted = ta1("A", "000");
    let found = verdict_of(&accepted, "42", "17", "0001").unwrap();
    assert_eq!(
        (found.verdict, found.verdict_of_unnamed()),
        (Verdict::Accepted, None)
    );
    let refused = ta1("R", "025");
    let found = verdict_of(&refused, "000000042", "17", "0001").unwrap();
    assert_eq!(found.verdict_of_unnamed(), Some(Verdict::Rejected));
    assert_eq!(
        found.text,
        "interchange 000000042 refused: 025 (the control number was used before)"
    );
    assert!(verdict_of(&refused, "43", "17", "0001").is_none());
}

#[test]
fn several_in_one_group() {
    let sets =
        "ST*997*0001~AK1*CD*17~AK9*A*1*1*1~SE*4*0001~ST*997*0002~AK1*AN*18~AK9*R*1*1*0~SE*4*0002~";
    let acks = acks(sets, 2);
    assert_eq!(
        verdict_of(&acks, "1", "17", "0001").unwrap().verdict,
        Verdict::Accepted
    );
    assert_eq!(
        verdict_of(&acks, "1", "18", "0001").unwrap().verdict,
        Verdict::Rejected
    );
}
