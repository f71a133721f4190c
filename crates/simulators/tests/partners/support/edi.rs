//! The other side of an EDI partner, by hand: folders, a plain reader and a plain writer.

use std::collections::BTreeMap;
use std::path::PathBuf;

use simulators::edi_partner::{Config, EdiSim};
use simulators::faults::Rule;

/// A mailbox as the middleware has one: it reads `inbox` and writes `outbox`.
pub(crate) struct Mailbox {
    pub(crate) folder: tempfile::TempDir,
    seen: std::cell::RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Mailbox {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            seen: std::cell::RefCell::default(),
        }
    }

    pub(crate) fn customer(&self) -> Config {
        Config {
            poll_ms: 5,
            ..Config::customer(self.folder.path())
        }
    }

    pub(crate) fn warehouse(&self) -> Config {
        Config {
            poll_ms: 5,
            ..Config::warehouse(self.folder.path())
        }
    }

    fn inbox(&self) -> PathBuf {
        self.folder.path().join("in")
    }

    /// Every file dropped so far, by name; those under temporary names are not among them.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut seen = self.seen.borrow_mut();
        for entry in std::fs::read_dir(self.inbox()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if !name.starts_with('.') {
                seen.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
        seen.clone()
    }

    /// The text of a file.
    pub(crate) fn text(&self, name: &str) -> String {
        let files = self.files();
        let bytes = files.get(name);
        let bytes = bytes.unwrap_or_else(|| panic!("no {name} among {:?}", files.keys()));
        String::from_utf8(bytes.clone()).unwrap()
    }

    /// Files whose names begin so.
    pub(crate) fn named(&self, start: &str) -> Vec<String> {
        let files = self.files();
        files
            .into_keys()
            .filter(|name| name.starts_with(start))
            .collect()
    }

    /// Puts a file into the partner's hands, whole.
    pub(crate) fn put(&self, name: &str, text: &str) {
        let out = self.folder.path().join("out");
        std::fs::write(out.join(format!(".{name}.tmp")), text).unwrap();
        std::fs::rename(out.join(format!(".{name}.tmp")), out.join(name)).unwrap();
    }
}

/// Segments of a text, elements in each.
pub(crate) fn segments(text: &str, terminator: char, element: char) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    let parts = text
        .split(terminator)
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts
        .map(|part| part.split(element).map(str::to_owned).collect())
        .collect()
}

/// Sets of an X12 file: their segments from ST to SE.
pub(crate) fn sets(text: &str) -> Vec<Vec<Vec<String>>> {
    let mut all: Vec<Vec<Vec<String>>> = Vec::new();
    for segment in segments(text, '~', '*') {
        if segment[0] == "ST" {
            all.push(Vec::new());
        }
        if !["ISA", "GS", "GE", "IEA", "TA1"].contains(&segment[0].as_str()) {
            all.last_mut().unwrap().push(segment);
        }
    }
    all
}

/// The elements of the first segment of that name, joined.
pub(crate) fn first(text: &str, id: &str) -> String {
    let all = segments(text, '~', '*');
    all.into_iter()
        .find(|segment| segment[0] == id)
        .map(|segment| segment.join("*"))
        .unwrap_or_default()
}

/// An interchange to the partner, with one group.
pub(crate) fn x12(to: &str, number: u64, group: &str, sets: &[(&str, &str)]) -> String {
    let mut out = isa(to, number);
    out.push_str(&format!(
        "GS*{group}*BACKHAUL*{to}*20260303*0900*{number}*X*004010~"
    ));
    for (nth, (kind, body)) in sets.iter().enumerate() {
        let count = body.matches('~').count() + 2;
        out.push_str(&format!(
            "ST*{kind}*{:04}~{body}SE*{count}*{:04}~",
            nth + 1,
            nth + 1
        ));
    }
    out.push_str(&format!("GE*{}*{number}~IEA*1*{number:09}~", sets.len()));
    out
}

fn isa(to: &str, number: u64) -> String {
    format!(
        "ISA*00*          *00*          *ZZ*BACKHAUL       *ZZ*{to:<15}*260303*0900*U*00401*{number:09}*0*P*>~"
    )
}

/// A TA1 to the partner.
pub(crate) fn ta1(to: &str, number: u64, about: u64, code: &str, note: &str) -> String {
    format!(
        "{}TA1*{about:09}*260302*1405*{code}*{note}~IEA*0*{number:09}~",
        isa(to, number)
    )
}

/// A 997 to the partner: verdicts on the sets of one of its groups.
pub(crate) fn functional(
    to: &str,
    number: u64,
    about: (&str, &str, u64),
    verdicts: &[&str],
) -> String {
    let (gs01, kind, group) = about;
    let mut body = format!("AK1*{gs01}*{group}~");
    for (nth, verdict) in verdicts.iter().enumerate() {
        body.push_str(&format!("AK2*{kind}*{:04}~AK5*{verdict}~", nth + 1));
    }
    let accepted = verdicts
        .iter()
        .filter(|verdict| verdict.starts_with('A'))
        .count();
    let whole = match accepted {
        0 => "R",
        some if some == verdicts.len() => "A",
        _ => "P",
    };
    let count = verdicts.len();
    body.push_str(&format!("AK9*{whole}*{count}*{count}*{accepted}~"));
    x12(to, number, "FA", &[("997", &body)])
}

/// The customer's id.
pub(crate) const ME: &str = "CUSTOMER";
/// What a 997 of ours is about.
pub(crate) const fn about(group: u64) -> (&'static str, &'static str, u64) {
    ("AN", "180", group)
}

/// A customer that asks for so many returns, with these faults.
pub(crate) async fn asking(mailbox: &Mailbox, returns: usize, rules: Vec<Rule>) -> EdiSim {
    let config = Config {
        returns,
        faults: rules,
        ..mailbox.customer()
    };
    EdiSim::start(config).await.unwrap()
}

/// The answer to a request, with one line.
pub(crate) fn answer(request: &str, rma: &str, code: &str) -> String {
    format!(
        "BGN*11*{rma}*20260303*0900*UT*{request}~RDR*{code}~N9*QJ*{rma}~BLI*VP*DRILL-18V*2*EA~RDR*{code}~"
    )
}
