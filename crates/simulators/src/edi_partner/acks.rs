//! Acknowledgements: written for what came, read for what was sent. Pure.

use super::edi::{Defect, Interchange, Segment, Set};

/// A set refused, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Position of its group.
    pub(super) group: usize,
    /// ST02 or UNH 0062.
    pub(super) set: String,
    pub(super) code: &'static str,
}

/// A 997 for each group that holds something else than acknowledgements.
pub(super) fn functional(interchange: &Interchange, refused: &[Refusal], all: bool) -> Vec<Set> {
    let mut out = Vec::new();
    for (position, group) in interchange.groups.iter().enumerate() {
        if group.sets.iter().all(|set| is_ack(&set.kind)) {
            continue;
        }
        let mut segments = vec![Segment::new("AK1", [&group.kind, &group.control])];
        let mut accepted: usize = 0;
        for set in &group.sets {
            let mut code = refused
                .iter()
                .find(|refusal| refusal.group == position && refusal.set == set.control)
                .map(|refusal| refusal.code);
            if all || !group.defects.is_empty() {
                code = code.or(Some("5"));
            }
            segments.push(Segment::new("AK2", [&set.kind, &set.control]));
            if let Some(code) = code {
                segments.push(Segment::new("AK5", ["R", code]));
            } else {
                accepted += 1;
                segments.push(Segment::new("AK5", ["A"]));
            }
        }
        let count = group.sets.len();
        let whole = match accepted {
            0 => "R",
            some if some == count => "A",
            _ => "P",
        };
        let (count, accepted) = (count.to_string(), accepted.to_string());
        let mut ak9 = Segment::new("AK9", [whole, &count, &count, &accepted]);
        for defect in &group.defects {
            ak9 = ak9.with([defect.code]);
        }
        segments.push(ak9);
        out.push(Set::new("997", format!("{:04}", out.len() + 1), segments));
    }
    out
}

/// A 997 about a group that nobody sent.
pub(super) fn unasked_997(control: u64) -> Set {
    let control = control.to_string();
    let segments = vec![
        Segment::new("AK1", ["AN", &control]),
        Segment::new("AK9", ["A", "1", "1", "1"]),
    ];
    Set::new("997", "0001".to_owned(), segments)
}

/// A TA1 about an interchange.
pub(super) fn ta1(interchange: &Interchange, refused: Option<&str>) -> Segment {
    let (date, time) = (&interchange.made.0, &interchange.made.1);
    let (code, note) = refused.map_or(("A", "000"), |note| ("R", note));
    Segment::new("TA1", [&interchange.control, date, time, code, note])
}

/// A CONTRL about an interchange: refused as a whole by that code, else message by message.
pub(super) fn contrl(interchange: &Interchange, whole: Option<&str>, refused: &[Refusal]) -> Set {
    let action = if whole.is_some() { "4" } else { "7" };
    let (sender, receiver) = (&interchange.sender, &interchange.receiver);
    let mut uci = Segment::new("UCI", [&interchange.control])
        .with([&sender.id, &sender.qualifier])
        .with([&receiver.id, &receiver.qualifier])
        .with([action]);
    if let Some(code) = whole {
        uci = uci.with([code]);
    }
    let mut segments = vec![uci];
    for refusal in refused {
        let set = interchange.sets().find(|set| set.control == refusal.set);
        let kind = set.map_or("", |set| set.kind.as_str());
        let code = if refusal.code == "5" {
            "12"
        } else {
            refusal.code
        };
        segments.push(
            Segment::new("UCM", [&refusal.set])
                .with([kind])
                .with(["4"])
                .with([code]),
        );
    }
    Set::new("CONTRL", "1".to_owned(), segments)
}

/// A CONTRL about an interchange that nobody sent.
pub(super) fn unasked_contrl(interchange: &Interchange, control: u64) -> Set {
    let (sender, receiver) = (&interchange.sender, &interchange.receiver);
    let uci = Segment::new("UCI", [&control.to_string()])
        .with([&sender.id, &sender.qualifier])
        .with([&receiver.id, &receiver.qualifier])
        .with(["7"]);
    Set::new("CONTRL", "1".to_owned(), vec![uci])
}

pub(super) fn is_ack(kind: &str) -> bool {
    matches!(kind, "997" | "999" | "CONTRL")
}

/// What an acknowledgement says about an interchange of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) kind: &'static str,
    pub(super) control: u64,
    /// AK901, TA104 or UCI 0083, as written.
    pub(super) code: String,
    pub(super) whole: Whole,
    /// Sets refused by name.
    pub(super) refused: Vec<String>,
}

/// About the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    /// It arrived; what is in it is acknowledged apart.
    Received,
    /// Accepted but for the sets refused by name.
    Accepted,
    /// Refused.
    Refused,
}

/// Everything that an interchange says about ours.
pub(super) fn verdicts(interchange: &Interchange) -> Vec<Result<Verdict, Defect>> {
    let ta1 = interchange.ta1.iter().map(of_ta1);
    let sets = interchange
        .sets()
        .filter_map(|set| match set.kind.as_str() {
            "997" | "999" => Some(of_997(set)),
            "CONTRL" => Some(of_contrl(set)),
            _ => None,
        });
    ta1.chain(sets).collect()
}

fn control(text: &str, what: &str) -> Result<u64, Defect> {
    text.parse()
        .map_err(|_| Defect::new("5", format!("{what} {text:?} is no control number of ours")))
}

fn of_ta1(ta1: &Segment) -> Result<Verdict, Defect> {
    Ok(Verdict {
        kind: "TA1",
        control: control(ta1.get(1), "TA101")?,
        code: ta1.get(4).to_owned(),
        whole: if ta1.get(4) == "R" {
            Whole::Refused
        } else {
            Whole::Received
        },
        refused: Vec::new(),
    })
}

fn of_997(set: &Set) -> Result<Verdict, Defect> {
    let missing = |what: &str| Defect::new("5", format!("{what} is missing"));
    let ak1 = set.first("AK1").ok_or_else(|| missing("AK1"))?;
    let ak9 = set.first("AK9").ok_or_else(|| missing("AK9"))?;
    let mut refused = Vec::new();
    let mut open = "";
    let mut named: usize = 0;
    for segment in &set.segments {
        match segment.id.as_str() {
            "AK2" => {
                named += 1;
                open = segment.get(2);
            }
            "AK5" | "IK5" if !matches!(segment.get(1), "A" | "E") => refused.push(open.to_owned()),
            _ => {}
        }
    }
    let count = |n: usize| ak9.get(n).parse::<usize>().unwrap_or(0);
    let accepted = count(4);
    if accepted > count(3) || (named > 0 && accepted != count(3).saturating_sub(refused.len())) {
        let said = format!("{}*{}*{}", ak9.get(2), ak9.get(3), ak9.get(4));
        let text = format!(
            "AK9 counts {said}, {} of {named} sets named are refused",
            refused.len()
        );
        return Err(Defect::new("5", text));
    }
    let whole = match ak9.get(1) {
        "A" | "E" | "P" => Whole::Accepted,
        _ => Whole::Refused,
    };
    Ok(Verdict {
        kind: "997",
        control: control(ak1.get(2), "AK102")?,
        code: ak9.get(1).to_owned(),
        whole,
        refused,
    })
}

fn of_contrl(set: &Set) -> Result<Verdict, Defect> {
    let uci = set
        .first("UCI")
        .ok_or_else(|| Defect::new("13", "UCI is missing"))?;
    let refused = set
        .segments
        .iter()
        .filter(|segment| segment.id == "UCM" && segment.get(3) == "4");
    Ok(Verdict {
        kind: "CONTRL",
        control: control(uci.get(1), "UCI 0020")?,
        code: uci.get(4).to_owned(),
        whole: match uci.get(4) {
            "7" => Whole::Accepted,
            "8" => Whole::Received,
            _ => Whole::Refused,
        },
        refused: refused.map(|ucm| ucm.get(1).to_owned()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &[&[&str]]) -> Result<Verdict, Defect> {
        let segment = |parts: &&[&str]| Segment {
            id: parts[0].to_owned(),
            elements: parts[1..]
                .iter()
                .map(|part| vec![(*part).to_owned()])
                .collect(),
        };
        of_997(&Set::new(
            "997",
            "0001".to_owned(),
            body.iter().map(segment).collect(),
        ))
    }

    #[test]
    fn a_997_names_the_sets_that_it_refuses() {
        let verdict = of(&[
            &["AK1", "AN", "7"],
            &["AK2", "180", "0001"],
            &["AK5", "E"],
            &["AK2", "180", "0002"],
            &["AK3", "BLI", "9"],
            &["AK5", "R", "5"],
            &["AK9", "P", "2", "2", "1"],
        ])
        .expect("a verdict");
        assert_eq!(
            (verdict.control, verdict.code.as_str(), verdict.whole),
            (7, "P", Whole::Accepted)
        );
        assert_eq!(verdict.refused, ["0002"]);
    }

    #[test]
    fn the_stricter_of_a_set_and_its_group_counts() {
        let verdict = of(&[
            &["AK1", "AN", "7"],
            &["AK2", "180", "0001"],
            &["AK5", "A"],
            &["AK9", "R", "1", "1", "1"],
        ]);
        assert_eq!(verdict.expect("a verdict").whole, Whole::Refused);
        let brief = of(&[&["AK1", "AN", "7"], &["AK9", "A", "3", "3", "3"]]).expect("a verdict");
        assert_eq!((brief.whole, brief.refused.len()), (Whole::Accepted, 0));
    }

    #[test]
    fn counts_that_contradict_are_no_verdict() {
        for ak9 in [["AK9", "P", "5", "5", "6"], ["AK9", "P", "2", "2", "2"]] {
            let body: [&[&str]; 4] = [
                &["AK1", "AN", "7"],
                &["AK2", "180", "0001"],
                &["AK5", "R"],
                &ak9,
            ];
            assert!(of(&body).is_err(), "{ak9:?}");
        }
        assert!(of(&[&["AK9", "A", "1", "1", "1"]]).is_err());
        assert!(of(&[&["AK1", "AN", "x"], &["AK9", "A", "1", "1", "1"]]).is_err());
    }
}
