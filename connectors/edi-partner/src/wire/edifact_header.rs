//! UNA and UNB: the separators are read from UNA, or are the defaults.

use super::model::{Fault, Level, Separators};
use super::scan;

/// The separators without a UNA.
pub(crate) const DEFAULTS: Separators = Separators {
    element: b'+',
    component: b':',
    repetition: None,
    release: Some(b'?'),
    terminator: b'\'',
    decimal: b'.',
};

/// The information separators that the oldest syntax used: no character of a text, so none needs a release.
const OLDEST: Separators = Separators {
    element: 0x1d,
    component: 0x1f,
    repetition: None,
    release: None,
    terminator: 0x1c,
    decimal: b'.',
};

/// A header as it stands in the bytes.
#[derive(Debug, Clone)]
pub(crate) struct EdifactHeader<'a> {
    /// The separators.
    pub(crate) separators: Separators,
    /// UNB without its terminator.
    pub(crate) body: &'a [u8],
    /// Offset of UNB: behind the UNA.
    pub(crate) start: usize,
    /// Length of the header, UNB's terminator too.
    pub(crate) length: usize,
}

/// No header is longer.
pub(crate) const LONGEST: usize = 2048;

/// Code of a header that ends too early: more bytes may help.
pub(crate) const CUT: &str = "13";

/// Reads the UNA, if there is one, and the UNB that `bytes` begin with.
pub(crate) fn parse(bytes: &[u8]) -> Result<EdifactHeader<'_>, Fault> {
    let bytes = bytes.get(..LONGEST).unwrap_or(bytes);
    let (una, start) = match bytes.strip_prefix(b"UNA") {
        None => (None, 0),
        Some(advice) => {
            let Some(advice) = advice.first_chunk::<6>() else {
                return Err(fault("UNA", CUT, "the interchange ends inside of UNA"));
            };
            let behind = bytes.get(9..).unwrap_or_default();
            (Some(advice), 9 + scan::blanks_outside(behind))
        }
    };
    let rest = bytes.get(start..).unwrap_or_default();
    let Some(after) = rest.strip_prefix(b"UNB") else {
        let is_cut = b"UNB".starts_with(rest);
        let code = if is_cut { CUT } else { "12" };
        return Err(fault("UNB", code, "UNB is missing"));
    };
    let Some(mark) = after.first() else {
        return Err(fault("UNB", CUT, "the interchange ends behind UNB"));
    };
    let mut separators = match una {
        Some([component, element, decimal, release, _, terminator]) => Separators {
            element: *element,
            component: *component,
            repetition: None,
            release: (*release != b' ').then_some(*release),
            terminator: *terminator,
            decimal: *decimal,
        },
        None if *mark == OLDEST.element => OLDEST,
        None => DEFAULTS,
    };
    if *mark != separators.element {
        let what = "the character behind UNB is not the element separator";
        return Err(fault("UNB", "20", what));
    }
    check(separators)?;
    let Some(end) = scan::terminator(rest, separators) else {
        return Err(fault("UNB", CUT, "UNB has no terminator"));
    };
    let body = rest.get(..end).unwrap_or(rest);
    separators.repetition = repetition(una, separators, body);
    Ok(EdifactHeader {
        separators,
        body,
        start,
        length: start + end + 1,
    })
}

/// Syntax 4 has repetitions: UNA5, or `*` without a UNA. Before, UNA5 was reserved.
fn repetition(una: Option<&[u8; 6]>, separators: Separators, unb: &[u8]) -> Option<u8> {
    let syntax = scan::parts(unb, separators.element, separators.release).nth(1)?;
    let version = scan::parts(syntax, separators.component, separators.release).nth(1)?;
    if version != b"4" {
        return None;
    }
    let mark = match una {
        None => b'*',
        Some([_, _, _, _, mark, _]) => *mark,
    };
    let marks = [
        separators.element,
        separators.component,
        separators.terminator,
    ];
    let is_mark = !mark.is_ascii_alphanumeric() && mark != b' ' && !marks.contains(&mark);
    (is_mark && separators.release != Some(mark)).then_some(mark)
}

fn check(separators: Separators) -> Result<(), Fault> {
    let mut marks = vec![
        separators.component,
        separators.element,
        separators.terminator,
    ];
    marks.extend(separators.release);
    let is_text = |mark: &u8| mark.is_ascii_alphanumeric() || *mark >= 0x80;
    if marks.iter().any(is_text) {
        return Err(fault(
            "UNA",
            "22",
            "UNA names a letter or digit as separator",
        ));
    }
    marks.sort_unstable();
    let all = marks.len();
    marks.dedup();
    if marks.len() < all {
        let what = "UNA names the same character for two purposes";
        return Err(fault("UNA", "22", what));
    }
    Ok(())
}

fn fault(segment: &str, code: &'static str, what: &str) -> Fault {
    Fault {
        segment: segment.to_owned(),
        ..Fault::new(Level::Interchange, code, what)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn separators(text: &str) -> Separators {
        parse(text.as_bytes()).unwrap().separators
    }

    #[test]
    fn without_una_the_defaults_hold() {
        assert_eq!(separators("UNB+UNOC:3+A+B+250101:1200+1'"), DEFAULTS);
    }

    #[test]
    fn una_names_them_also_an_odd_set_a_comma_and_no_release() {
        let odd = separators("UNA|-,!_#\r\nUNB-UNOA|2-A-B-250101|1200-1#");
        assert_eq!(
            (odd.component, odd.element, odd.decimal),
            (b'|', b'-', b',')
        );
        assert_eq!((odd.release, odd.terminator), (Some(b'!'), b'#'));
        assert_eq!(separators("UNA:+,  'UNB+UNOC:3+A+B'").release, None);
    }

    #[test]
    fn syntax_4_repeats_by_una5_or_a_star() {
        assert_eq!(separators("UNB+UNOC:4+A+B'").repetition, Some(b'*'));
        assert_eq!(
            separators("UNA:+.?*'UNB+UNOC:4+A+B'").repetition,
            Some(b'*')
        );
        assert_eq!(separators("UNA:+.? 'UNB+UNOC:4+A+B'").repetition, None);
        assert_eq!(separators("UNA:+.?*'UNB+UNOC:3+A+B'").repetition, None);
    }

    #[test]
    fn the_oldest_separators_are_known_by_the_first_of_them() {
        let old = separators("UNB\x1dUNOB\x1f1\x1dA\x1dB\x1c");
        assert_eq!((old.terminator, old.release), (0x1c, None));
    }

    #[test]
    fn what_is_no_header_is_refused_with_the_reason() {
        let code = |text: &str| parse(text.as_bytes()).unwrap_err().code;
        assert_eq!(code("UNA:+"), CUT);
        assert_eq!(code("UNA:+.? '"), CUT);
        assert_eq!(code("UNA:+.? 'UNH+1'"), "12");
        assert_eq!(code("UNB*UNOA'"), "20");
        assert_eq!(code("UNA:+.?"), CUT);
        assert_eq!(code("UNA+++++'UNB+'"), "22");
        assert_eq!(code("UNAaBcDeFUNBB"), "22");
        assert_eq!(code("UNB+UNOC:3+never ends"), CUT);
    }
}
