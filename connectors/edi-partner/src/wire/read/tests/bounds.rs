//! Bounds: what breaks them is refused with the reason.

use super::*;

const HEAD: &str = "UNB+UNOC:3+A+B+250131:1200+1'";

#[test]
fn size_segments_sets_and_groups() {
    let limits = Limits {
        max_bytes: 1_000,
        max_segments: 20,
        max_segment_bytes: 100,
        max_sets: 3,
        max_groups: 2,
        ..Limits::default()
    };
    let refusal = |text: &str| {
        super::super::read(text.as_bytes(), &limits)
            .unwrap_err()
            .text
    };
    assert!(refusal(&"x".repeat(1_001)).contains("more than are taken"));
    assert!(refusal(&format!("{HEAD}{}", "A+1'".repeat(30))).contains("segments"));
    assert!(refusal(&format!("{HEAD}{}", "x".repeat(101))).contains("terminator"));
    assert!(refusal(&format!("{HEAD}{}", "UNH+1+A'".repeat(5))).contains("sets"));
    assert!(refusal(&format!("{HEAD}{}", "UNG+A'".repeat(5))).contains("groups"));
}

#[test]
fn an_element_beyond_the_bounds_costs_its_set_only() {
    let limits = Limits {
        max_elements: 5,
        ..Limits::default()
    };
    let bad = "UNH+1+A:D:96A'FTX+1+2+3+4+5+6'UNT+3+1'";
    let text = format!("{HEAD}{bad}UNH+2+A:D:96A'UNT+2+2'UNZ+2+1'");
    let interchange = super::super::read(text.as_bytes(), &limits).unwrap();
    assert_eq!(faults(&interchange), ["Element 16"]);
    assert_eq!(sets(&interchange)[0].faults[0].at.in_set, 2);
}

#[test]
fn faults_are_told_up_to_a_number_but_each_bad_set_keeps_one() {
    let limits = Limits {
        max_faults: 2,
        ..Limits::default()
    };
    let bad: Vec<String> = (0..9)
        .map(|n| format!("UNH+{n}+A:D:96A'UNT+9+9{n}'"))
        .collect();
    let bad = bad.concat();
    let text = format!("{HEAD}{bad}UNZ+9+1'");
    let interchange = super::super::read(text.as_bytes(), &limits).unwrap();
    let found: Vec<usize> = sets(&interchange)
        .iter()
        .map(|set| set.faults.len())
        .collect();
    assert_eq!(found, [2, 1, 1, 1, 1, 1, 1, 1, 1]);
}

#[test]
fn what_is_no_interchange_is_refused_by_name() {
    let limits = Limits::default();
    let text = |bytes: &[u8]| super::super::read(bytes, &limits).unwrap_err().text;
    assert_eq!(text(b""), "there is nothing to read");
    assert!(text(b"UNH+1+A'").contains("neither with ISA"));
    assert!(text(b"\xff\xfeI\0S\0A\0").contains("UTF-16"));
    assert!(text(b"\xc9\xe2\xc1\x5c\x5c").contains("EBCDIC"));
    assert!(text(b"ISA*00*  ").contains("sixteenth"));
}

/// Bytes that would cost the square of their number if anything were looked for again and again.
#[test]
fn hostile_bytes_cost_no_more_than_their_length() {
    const ISA: &str = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *250131*1200*U*00401*000000905*0*P*>~";
    let million = |text: &str| text.repeat(1_000_000 / text.len());
    let files = [
        million("ISA"),
        million("UNB+"),
        million("UNA:+.? '"),
        format!("{ISA}{}", million("BIN~")),
        format!("{ISA}{}", million("BIN*9999999*~")),
        format!("{ISA}IEA*1*1{}", million("\n")),
        format!("{HEAD}{}", million("UNO+1'")),
        format!("{HEAD}{}", million("?")),
        format!("{ISA}GS*AN*A*B*1*1*1*X*004010~{}", million("ST*180*1~")),
        format!("{ISA}GS*AN*A*B*1*1*1*X*004010~ST*180*1~{}", million("XX~")),
    ];
    let limits = Limits {
        max_segment_bytes: usize::MAX,
        ..Limits::default()
    };
    for file in files {
        let begin = std::time::Instant::now();
        let pieces = crate::wire::split::split(file.as_bytes());
        let interchange = super::super::read(file.as_bytes(), &limits);
        if let Ok(interchange) = interchange {
            let extra: Vec<Fault> = sets(&interchange)
                .into_iter()
                .flat_map(crate::wire::schema::validate)
                .collect();
            let answer = crate::wire::ack::acknowledge_997(&interchange, 0, &extra);
            assert_eq!(answer.kind, "997");
        }
        let head: String = file.chars().take(130).collect();
        assert!(begin.elapsed().as_secs() < 30, "{head} {pieces:?}");
    }
}
