//! ISA: the separators are read from it, by counting and not by offsets, for many an ISA is not 106 bytes long.

use super::model::{Fault, Level, Separators};
use super::scan;

/// An ISA as it stands in the bytes.
#[derive(Debug, Clone)]
pub(crate) struct X12Header<'a> {
    /// The separators that it shows.
    pub(crate) separators: Separators,
    /// ISA01 to ISA16.
    pub(crate) fields: Vec<&'a [u8]>,
    /// Its length with the terminator.
    pub(crate) length: usize,
}

/// No ISA is longer: fields that are padded too far and wrapped lines leave room.
pub(crate) const LONGEST: usize = 1024;

/// Code of a header that ends too early: more bytes may help.
pub(crate) const CUT: &str = "023";

/// Reads the ISA that `bytes` begin with.
pub(crate) fn parse(bytes: &[u8]) -> Result<X12Header<'_>, Fault> {
    let bytes = bytes.get(..LONGEST).unwrap_or(bytes);
    let Some(after) = bytes.strip_prefix(b"ISA") else {
        return Err(fault("022", "the interchange does not begin with ISA"));
    };
    let Some((&element, data)) = after.split_first() else {
        return Err(fault(CUT, "the interchange ends behind ISA"));
    };
    if element.is_ascii_alphanumeric() || element == b' ' {
        let what = "no separator stands behind ISA, but a letter, digit or blank";
        return Err(fault("026", what));
    }
    let mut fields: Vec<&[u8]> = scan::parts(data, element, None).take(15).collect();
    let used: usize = fields.iter().map(|field| field.len() + 1).sum();
    let Some([component, behind @ ..]) = data.get(used..) else {
        return Err(fault(CUT, "ISA ends before its sixteenth element"));
    };
    let Some((terminator, _)) = behind.split_first() else {
        return Err(fault(CUT, "ISA has no terminator"));
    };
    fields.push(std::slice::from_ref(component));
    let separators = Separators {
        element,
        component: *component,
        repetition: repetition(&fields),
        release: None,
        terminator: *terminator,
        decimal: b'.',
    };
    check(separators)?;
    Ok(X12Header {
        separators,
        fields,
        length: 4 + used + 2,
    })
}

/// ISA11 separates repetitions from version 00402 on; before, it named a standards body.
fn repetition(fields: &[&[u8]]) -> Option<u8> {
    let version = fields.get(11)?;
    let is_new = version.iter().all(u8::is_ascii_digit) && *version >= &b"00402"[..];
    match fields.get(10)? {
        [byte] if is_new && !byte.is_ascii_alphanumeric() && *byte != b' ' => Some(*byte),
        _ => None,
    }
}

fn check(separators: Separators) -> Result<(), Fault> {
    let Separators {
        element,
        component,
        terminator,
        ..
    } = separators;
    if terminator.is_ascii_alphanumeric() || terminator == b' ' {
        let what = "no terminator stands behind ISA16, but a letter, digit or blank";
        return Err(fault("004", what));
    }
    if (0xc2..=0xf4).contains(&terminator) {
        return Err(fault("004", "the terminator is not a single byte"));
    }
    if terminator == element || terminator == component || component == element {
        let what = "two separators of the interchange are the same character";
        return Err(fault("022", what));
    }
    Ok(())
}

fn fault(code: &'static str, what: &str) -> Fault {
    Fault {
        segment: "ISA".to_owned(),
        ..Fault::new(Level::Interchange, code, what)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *250101*1200*U*00401*000000001*0*P*>~";

    #[test]
    fn separators_come_from_the_data() {
        let header = parse(ISA.as_bytes()).unwrap();
        assert_eq!(header.length, 106);
        assert_eq!(header.fields.len(), 16);
        let separators = header.separators;
        assert_eq!((separators.element, separators.component), (b'*', b'>'));
        assert_eq!((separators.terminator, separators.repetition), (b'~', None));
    }

    #[test]
    fn an_isa_of_the_wrong_length_is_read_by_counting() {
        let isa = ISA.replace("SENDER         ", "SENDER");
        let header = parse(isa.as_bytes()).unwrap();
        assert_eq!(header.length, 97);
        assert_eq!(header.separators.terminator, b'~');
    }

    #[test]
    fn repetitions_are_known_from_00402_on_and_only_by_a_mark() {
        let with = |rep: &str, version: &str| {
            let isa = ISA.replace("*U*00401*", &format!("*{rep}*{version}*"));
            parse(isa.as_bytes()).unwrap().separators.repetition
        };
        assert_eq!(with("^", "00501"), Some(b'^'));
        assert_eq!(with("^", "00402"), Some(b'^'));
        assert_eq!(with("^", "00401"), None);
        assert_eq!(with("U", "00501"), None);
        assert_eq!(with(" ", "00501"), None);
    }

    #[test]
    fn terminators_of_all_kinds() {
        for terminator in ["\n", "\r", "\\", "!", "^", "\x15", "\x1c", "'"] {
            let isa = ISA.replace('~', terminator);
            let header = parse(isa.as_bytes()).unwrap();
            assert_eq!(header.separators.terminator, terminator.as_bytes()[0]);
        }
    }

    #[test]
    fn what_is_no_isa_is_refused_with_the_reason() {
        let code = |bytes: &str| parse(bytes.as_bytes()).unwrap_err().code;
        assert_eq!(code("hello"), "022");
        assert_eq!(code("ISA"), "023");
        assert_eq!(code("ISABELLA is no header"), "026");
        assert_eq!(code("ISA*00*short~"), "023");
        assert_eq!(code(&ISA.replace('~', "")), "023");
        assert_eq!(code(&ISA.replace('~', "x")), "004");
        assert_eq!(code(&ISA.replace('~', "¦")), "004");
        assert_eq!(code(&ISA.replace('~', "*")), "022");
        assert_eq!(code(&"ISA*".repeat(2000)), "004");
    }
}
