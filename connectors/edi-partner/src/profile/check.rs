//! Everything wrong in a profile that can be seen without the partner.

use canonical::Reason;
use connector::Problem;

use super::{Closing, Opening, Profile, Writes};

/// Everything wrong with a profile.
pub(crate) fn problems(profile: &Profile) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |place: &str, what: String, fix: &str| {
        problems.push(Problem::new(format!("{}:{place}", profile.name), what, fix));
    };
    versions(profile, &mut wrong);
    separators(profile, &mut wrong);
    if profile.items.ours.is_empty() && profile.items.instead.is_empty() {
        let fix = "name the qualifiers of our item number";
        wrong("items.ours", "no item number is ours".to_owned(), fix);
    }
    if let Some(expected) = &profile.ack_expected
        && !expected.within.is_positive()
    {
        let fix = "write a duration such as \"4h\"";
        wrong(
            "ack_expected.within",
            "it is not above zero".to_owned(),
            fix,
        );
    }
    if !(1900..=2100).contains(&profile.years_from) {
        let what = format!("{} is no year of our time", profile.years_from);
        wrong("years_from", what, "write 1970");
    }
    if let Some(tax) = &profile.request.tax
        && !tax
            .rate
            .parse::<canonical::Qty>()
            .is_ok_and(|rate| rate >= canonical::Qty::ZERO)
    {
        let what = format!("{:?} is no rate in percent", tax.rate);
        wrong("request.tax.rate", what, "write it as \"8.25\"");
    }
    if let Some(reason) = &profile.request.reason
        && reason.parse::<Reason>().is_err()
    {
        let what = format!("{reason:?} is no reason of ours");
        wrong("request.reason", what, "docs/reference lists our reasons");
    }
    if profile.receipt.inspects
        && !profile
            .codes
            .condition
            .contains_key(&profile.receipt.unlisted)
    {
        let what = format!(
            "code {:?} is not in codes.condition",
            profile.receipt.unlisted
        );
        wrong("receipt.unlisted", what, "name the code of good goods");
    }
    let fits = match profile.opening {
        Opening::None => true,
        Opening::By180 => profile.syntax == Writes::X12,
        Opening::Retann => profile.syntax == Writes::Edifact,
    };
    if !fits {
        let what = "the opening document is not of the syntax in which it is answered".to_owned();
        wrong("opening", what, "180 goes with x12, retann with edifact");
    }
    let fits = match profile.closing {
        Closing::None => true,
        Closing::By812 => profile.syntax == Writes::X12,
        Closing::Invoic => profile.syntax == Writes::Edifact,
    };
    if !fits {
        let what = "the closing document is not of the syntax that is written".to_owned();
        wrong("closing", what, "812 goes with x12, invoic with edifact");
    }
    problems
}

fn versions(profile: &Profile, wrong: &mut impl FnMut(&str, String, &str)) {
    match profile.syntax {
        Writes::X12 => {
            let digits = |text: &str, n: usize| {
                text.len() >= n && text.bytes().take(n).all(|b| b.is_ascii_digit())
            };
            if !digits(&profile.version, 6) || profile.version.len() > 12 {
                let what = format!("{:?} is no version of X12", profile.version);
                wrong("version", what, "write it as \"004010\"");
            }
            if !digits(&profile.interchange_version, 5) || profile.interchange_version.len() != 5 {
                let what = format!("{:?} is no version of an ISA", profile.interchange_version);
                wrong("interchange_version", what, "write it as \"00401\"");
            }
        }
        Writes::Edifact => {
            if profile.version.split(':').count() < 3 {
                let what = format!("{:?} is no version of a message", profile.version);
                wrong("version", what, "write it as \"D:01B:UN:EAN003\"");
            }
            if !profile.interchange_version.starts_with("UNO") {
                let what = format!("{:?} is no syntax", profile.interchange_version);
                wrong("interchange_version", what, "write it as \"UNOC:3\"");
            }
        }
    }
}

fn separators(profile: &Profile, wrong: &mut impl FnMut(&str, String, &str)) {
    let out = &profile.separators;
    let given = [
        ("element", out.element),
        ("component", out.component),
        ("repetition", out.repetition),
        ("terminator", out.terminator),
    ];
    for (n, (name, separator)) in given.iter().enumerate() {
        let Some(separator) = separator else { continue };
        if separator.is_ascii_alphanumeric() || !separator.is_ascii() {
            let what = format!("{separator:?} is a letter, a digit or no ASCII");
            wrong(
                &format!("separators.{name}"),
                what,
                "choose a mark such as * or ~",
            );
        }
        if given
            .iter()
            .skip(n + 1)
            .any(|(_, other)| *other == Some(*separator))
        {
            let what = format!("{separator:?} is there twice");
            wrong(&format!("separators.{name}"), what, "give each its own");
        }
    }
    if let Some(decimal) = out.decimal
        && !matches!(decimal, '.' | ',')
    {
        let what = format!("{decimal:?} is neither a point nor a comma");
        wrong("separators.decimal", what, "write \".\" or \",\"");
    }
}
