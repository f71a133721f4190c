//! X12.

use super::*;

const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *01*RECEIVER       *250131*1200*U*00401*000000905*1*T*>~";
const GS: &str = "GS*AN*SENDER*RECEIVER*20250131*1200*17*X*004010VICS~";
const SET: &str = "ST*180*0001~BGN*13*R-1*20250131~SE*3*0001~";

fn whole(sets: &str, count: usize) -> String {
    format!("{ISA}{GS}{sets}GE*{count}*17~IEA*1*000000905~")
}

#[test]
fn an_interchange_with_all_of_its_parts() {
    let interchange = read(&whole(SET, 1));
    assert_eq!(faults(&interchange), Vec::<String>::new());
    assert_eq!(interchange.syntax, Syntax::X12);
    let (sender, receiver) = (&interchange.sender, &interchange.receiver);
    assert_eq!((&*sender.qualifier, &*sender.id), ("ZZ", "SENDER"));
    assert_eq!((&*receiver.qualifier, &*receiver.id), ("01", "RECEIVER"));
    assert_eq!(
        (&*interchange.control, &*interchange.version),
        ("000000905", "00401")
    );
    assert_eq!((&*interchange.date, &*interchange.time), ("250131", "1200"));
    assert!(interchange.ack_requested && interchange.is_test);
    let group = &interchange.groups[0];
    assert_eq!((&*group.functional_id, &*group.control), ("AN", "17"));
    assert_eq!(group.counted, Some(1));
    let set = &group.sets[0];
    assert_eq!(
        (&*set.kind, &*set.control, &*set.version),
        ("180", "0001", "004010VICS")
    );
    let bgn = &set.segments[0];
    assert_eq!((bgn.get(1), bgn.get(2), bgn.get(9)), ("13", "R-1", ""));
    assert_eq!((bgn.at.segment, bgn.at.in_set), (4, 2));
    assert_eq!(whole(SET, 1).find("BGN"), Some(bgn.at.byte));
}

#[test]
fn the_same_whatever_stands_between_segments_and_however_they_are_separated() {
    let text = whole(SET, 1);
    let plain = sets(&read(&text))[0].segments[0].elements.clone();
    let same = |text: &str| {
        let other = read(text);
        assert_eq!(faults(&other), Vec::<String>::new(), "{text:?}");
        assert_eq!(sets(&other)[0].segments[0].elements, plain, "{text:?}");
    };
    for suffix in ["\n", "\r\n", "\r", "  ", "\n    ", "\r\n\r\n\t"] {
        same(&text.replace('~', &format!("~{suffix}")));
    }
    for terminator in ["\n", "\r", "\r\n", "\\", "!", "^", "\x15", "\x1c", "|"] {
        same(&text.replace('~', terminator));
    }
    for element in ["~", "|", "^", "\x7f", "\x1d"] {
        same(&text.replace('~', "\n").replace('*', element));
    }
}

#[test]
fn a_byte_order_mark_and_a_missing_last_terminator_do_not_matter() {
    let text = format!("\u{feff}{}", whole(SET, 1));
    assert_eq!(faults(&read(&text)), Vec::<String>::new());
    assert_eq!(
        faults(&read(text.trim_end_matches('~'))),
        Vec::<String>::new()
    );
}

#[test]
fn lines_wrapped_at_eighty_columns_are_joined() {
    let remark = "A remark of some length, so that it is cut somewhere";
    let set = format!("ST*180*0001~BGN*13*R-1*20250131~NTE*GEN*{remark}~SE*4*0001~");
    let text = whole(&set, 1);
    let lines: Vec<&[u8]> = text.as_bytes().chunks(80).collect();
    let wrapped = String::from_utf8(lines.join(&b"\r\n"[..])).unwrap();
    let interchange = read(&wrapped);
    assert_eq!(faults(&interchange), Vec::<String>::new());
    assert_eq!(&*interchange.receiver.id, "RECEIVER");
    assert_eq!(sets(&interchange)[0].segments[1].get(2), remark);
}

#[test]
fn text_is_utf8_or_else_windows_1252_and_widths_count_characters() {
    let text = whole("ST*180*0001~NTE*GEN*L’été~SE*3*0001~", 1);
    let text = text.replace("RECEIVER       ", "LOWE’S         ");
    let old = |c: char| match c {
        '’' => 0x92,
        c => u8::try_from(c).unwrap(),
    };
    let old: Vec<u8> = text.chars().map(old).collect();
    for bytes in [text.as_bytes(), &old] {
        let interchange = super::super::read(bytes, &Limits::default()).unwrap();
        assert_eq!(&*interchange.receiver.id, "LOWE’S");
        assert_eq!(sets(&interchange)[0].segments[0].get(2), "L’été");
        assert_eq!(faults(&interchange), Vec::<String>::new());
    }
}

#[test]
fn a_component_separator_in_a_plain_element_is_data() {
    let interchange = read(&whole("ST*180*0001~NTE*GEN*a>b~SE*3*0001~", 1));
    assert_eq!(sets(&interchange)[0].segments[0].joined(2, b'>'), "a>b");
}

#[test]
fn repetitions_where_the_version_has_them() {
    let text = whole("ST*180*0001~NTE*GEN*a^b~SE*3*0001~", 1);
    let text = text.replace("*U*00401*", "*^*00501*");
    let interchange = read(&text);
    let all: Vec<&str> = sets(&interchange)[0].segments[0].repetitions(2).collect();
    assert_eq!(all, ["a", "b"]);
    let interchange = read(&text.replace("*00501*", "*00401*"));
    assert_eq!(sets(&interchange)[0].segments[0].get(2), "a^b");
}

#[test]
fn each_fault_of_an_envelope_has_its_code() {
    let good = whole(SET, 1);
    let cases = [
        ("IEA*1*000000905", "IEA*1*000000906", "Interchange 001"),
        ("IEA*1*000000905", "IEA*2*000000905", "Interchange 021"),
        ("IEA*1*000000905", "IEA*x*000000905", "Interchange 021"),
        ("IEA*1*000000905~", "", "Interchange 023"),
        ("*1*T*>", "*1*X*>", "Interchange 020"),
        ("000000905", "00000090X", "Interchange 018"),
        ("GE*1*17", "GE*1*18", "Group 4"),
        ("GE*1*17", "GE*2*17", "Group 5"),
        ("GE*1*17~", "", "Group 3"),
        ("SE*3*0001", "SE*3*0002", "Set 3"),
        ("SE*3*0001", "SE*4*0001", "Set 4"),
        ("SE*3*0001~", "", "Set 2"),
        ("ST*180*0001", "ST**0001", "Set 6"),
        ("*0001~", "~", "Set 7"),
    ];
    for (from, to, fault) in cases {
        assert!(good.contains(from));
        assert_eq!(
            faults(&read(&good.replace(from, to))),
            [fault],
            "{from} → {to}"
        );
    }
    let wrong = good
        .replace("*17*X*", "*1A7*X*")
        .replace("GE*1*17", "GE*1*1A7");
    assert_eq!(faults(&read(&wrong)), ["Group 6"]);
}

#[test]
fn leading_zeros_of_interchange_and_group_do_not_matter() {
    let text = whole(SET, 1).replace("IEA*1*000000905", "IEA*1*905");
    let text = text.replace("GE*1*17", "GE*1*0017");
    assert_eq!(faults(&read(&text)), Vec::<String>::new());
}

#[test]
fn a_bad_set_does_not_touch_its_neighbours() {
    let set = |n: usize| SET.replace("0001", &format!("000{n}"));
    let open = set(2).replace("SE*3*0002~", "");
    let interchange = read(&whole(&format!("{}{open}{}", set(1), set(3)), 3));
    let found = sets(&interchange);
    let found: Vec<(&str, usize)> = found
        .iter()
        .map(|set| (&*set.control, set.faults.len()))
        .collect();
    assert_eq!(found, [("0001", 0), ("0002", 1), ("0003", 0)]);
    assert_eq!(faults(&interchange), ["Set 2"]);
}

#[test]
fn segments_without_a_set_are_a_set_without_a_name() {
    let text = whole(&format!("{SET}XX*180*0002~BGN*13*R-2~SE*3*0002~"), 2);
    let interchange = read(&text);
    assert_eq!(faults(&interchange), ["Set 6"]);
    assert_eq!(sets(&interchange)[1].segments.len(), 2);
}

#[test]
fn several_groups_and_control_numbers_used_twice() {
    let other = GS.replace("*AN*", "*RE*").replace("*17*", "*18*");
    let text = format!("{ISA}{GS}{SET}GE*1*17~{other}{SET}GE*1*18~IEA*2*000000905~");
    let interchange = read(&text);
    assert_eq!(faults(&interchange), Vec::<String>::new());
    assert_eq!(interchange.groups.len(), 2);
    let twice = format!("{ISA}{GS}{SET}GE*1*17~{GS}{SET}GE*1*17~IEA*2*000000905~");
    assert_eq!(faults(&read(&twice)), ["Group 19"]);
    assert_eq!(faults(&read(&whole(&format!("{SET}{SET}"), 2))), ["Set 23"]);
}

#[test]
fn groups_and_sets_out_of_place_are_faults_of_the_interchange() {
    let without_gs = format!("{ISA}{SET}IEA*0*000000905~");
    assert_eq!(faults(&read(&without_gs)), ["Interchange 022", "Group 3"]);
    let without_gs = format!("{ISA}GE*0*1~IEA*0*000000905~");
    assert_eq!(faults(&read(&without_gs)), ["Interchange 022"]);
}

#[test]
fn interchange_acknowledgements_stand_before_the_groups() {
    let ta1 = "TA1*000000007*250130*1100*A*000~";
    for count in 0..2 {
        let interchange = read(&format!("{ISA}{ta1}IEA*{count}*000000905~"));
        assert_eq!(faults(&interchange), Vec::<String>::new());
        assert_eq!(interchange.acknowledgements[0].get(1), "000000007");
    }
}

#[test]
fn binary_data_is_stepped_over_and_only_its_set_is_refused() {
    let binary = "ST*841*0002~BIN*12*SE*3*~ST*1*2~SE*3*0002~";
    let interchange = read(&whole(&format!("{binary}{SET}"), 2));
    assert_eq!(faults(&interchange), ["Segment 2"]);
    let found: Vec<usize> = sets(&interchange)
        .iter()
        .map(|set| set.faults.len())
        .collect();
    assert_eq!(found, [1, 0]);
}

#[test]
fn a_second_interchange_in_the_same_piece_is_refused() {
    let good = whole(SET, 1);
    assert_eq!(faults(&read(&format!("{good}{good}"))), ["Interchange 024"]);
    let cut = format!("{ISA}{GS}{SET}{good}");
    assert_eq!(faults(&read(&cut)), ["Interchange 023", "Group 3"]);
}
