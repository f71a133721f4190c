//! From a file of approvers to people, limits and delegations that fit together, or to everything that is wrong with it.

use canonical::{Currency, Money};
use jiff::tz::TimeZone;
use toml::Spanned;

use super::document::{self, Document};
use super::{Approvers, Delegation, Limit, Person, is_same};
use crate::policy::Problem;
use crate::policy::reader::Reader;

/// What stands for "no upper bound".
const UNLIMITED: &str = "unlimited";

pub(super) fn approvers(file: &str, text: &str) -> Result<Approvers, Vec<Problem>> {
    let mut reader = Reader::new(file, text);
    let document: Document = match toml::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            let place = error
                .span()
                .map_or_else(|| file.to_owned(), |span| reader.place(&span));
            let fix = "correct this place; keys that are not known are refused";
            reader.problem(&place, error.message().trim().replace('\n', ", "), fix);
            return Err(reader.problems);
        }
    };
    let mut approvers = Approvers::default();
    for person in document.person {
        read_person(&mut reader, &mut approvers, person);
    }
    for limit in document.limit {
        read_limit(&mut reader, &mut approvers, limit);
    }
    if let Some(zone) = reader.zone(&document.tz) {
        for delegation in document.delegation {
            read_delegation(&mut reader, &mut approvers, delegation, &zone);
        }
    }
    if approvers.people.is_empty() {
        let place = reader.place(&(0..0));
        reader.problem(&place, "nobody is named".to_owned(), "add a [[person]]");
    }
    if reader.problems.is_empty() {
        Ok(approvers)
    } else {
        Err(reader.problems)
    }
}

fn read_person(
    reader: &mut Reader<'_>,
    approvers: &mut Approvers,
    written: Spanned<document::Person>,
) {
    let place = reader.place(&written.span());
    let person = written.into_inner();
    let names = || std::iter::once(&person.user).chain(&person.also);
    if names().any(|name| name.trim().is_empty()) {
        let what = "a name is empty".to_owned();
        reader.problem(&place, what, "write the name to log in with");
        return;
    }
    for name in names() {
        if let Some(other) = approvers.person(name) {
            let what = format!("{name:?} is also a name of {:?}", other.user);
            let fix = "write each person once; four eyes are told apart by these names";
            reader.problem(&place, what, fix);
        }
    }
    if person.roles.is_empty() || person.roles.iter().any(|role| role.trim().is_empty()) {
        let what = format!("{:?} holds no role, or one without a name", person.user);
        reader.problem(&place, what, "write roles = [\"returns_supervisor\"]");
    }
    approvers.people.push(Person {
        user: person.user,
        name: person.name,
        also: person.also,
        roles: person.roles,
    });
}

fn read_limit(
    reader: &mut Reader<'_>,
    approvers: &mut Approvers,
    written: Spanned<document::Limit>,
) {
    let place = reader.place(&written.span());
    let limit = written.into_inner();
    let holds = |person: &&Person| person.roles.contains(&limit.role);
    let user = match &limit.user {
        None => None,
        Some(name) => match approvers.person(name) {
            Some(person) if holds(&person) => Some(person.user.clone()),
            Some(person) => {
                let what = format!("{:?} does not hold role {:?}", person.user, limit.role);
                reader.problem(&place, what, "give them the role, or correct the limit");
                return;
            }
            None => return nobody(reader, &place, name),
        },
    };
    if user.is_none() && !approvers.people.iter().any(|person| holds(&person)) {
        let what = format!("nobody holds role {:?}", limit.role);
        reader.problem(&place, what, "give it to somebody, or remove the limit");
    }
    let Some(ccy) = reader.currency(&limit.currency) else {
        return;
    };
    let from_minor = match &limit.from {
        None => Some(0),
        Some(from) => reader.amount(&place, "from", from, ccy),
    };
    let to_minor = if limit.to.0 == UNLIMITED {
        Some(None)
    } else {
        reader.amount(&place, "to", &limit.to, ccy).map(Some)
    };
    let (Some(from_minor), Some(to_minor)) = (from_minor, to_minor) else {
        return;
    };
    if to_minor.is_some_and(|to| to < from_minor) {
        reader.problem(&place, "to is less than from".to_owned(), "exchange them");
    }
    let twice = approvers.limits.iter().any(|other| {
        (&other.user, &other.role, other.ccy, other.activity)
            == (&user, &limit.role, ccy, limit.activity)
    });
    if twice {
        let what = format!(
            "there are two limits of {:?} on a {} in {ccy}",
            limit.role, limit.activity
        );
        reader.problem(&place, what, "write it once");
    }
    approvers.limits.push(Limit {
        user,
        role: limit.role,
        ccy,
        activity: limit.activity,
        from_minor,
        to_minor,
    });
}

fn nobody(reader: &mut Reader<'_>, place: &str, name: &str) {
    let what = format!("there is no person {name:?}");
    reader.problem(place, what, "write the user of a [[person]] of this file");
}

fn read_delegation(
    reader: &mut Reader<'_>,
    approvers: &mut Approvers,
    written: Spanned<document::Delegation>,
    zone: &TimeZone,
) {
    let place = reader.place(&written.span());
    let delegation = written.into_inner();
    let found = |name: &str| approvers.person(name).map(|person| person.user.clone());
    let (from, to) = (found(&delegation.from), found(&delegation.to));
    for (name, person) in [(&delegation.from, &from), (&delegation.to, &to)] {
        if person.is_none() {
            nobody(reader, &place, name);
        }
    }
    let (Some(from), Some(to)) = (from, to) else {
        return;
    };
    if is_same(&from, &to) {
        let what = format!("{from:?} delegates to themselves");
        reader.problem(&place, what, "name somebody else");
    }
    let valid_from = reader.instant(&delegation.valid_from, zone);
    let valid_until = reader.instant(&delegation.valid_until, zone);
    let (Some(valid_from), Some(valid_until)) = (valid_from, valid_until) else {
        return;
    };
    if valid_until <= valid_from {
        let what = "valid_until is not after valid_from".to_owned();
        let fix = "valid_until is the first day, or instant, at which it no longer holds";
        reader.problem(&place, what, fix);
    }
    let cap = match (&delegation.cap, &delegation.currency) {
        (None, None) => None,
        (Some(cap), Some(currency)) => {
            let read = reader
                .currency(currency)
                .and_then(|ccy: Currency| Some((reader.amount(&place, "cap", cap, ccy)?, ccy)));
            let Some((minor, ccy)) = read else { return };
            Some(Money::new(minor, ccy))
        }
        (Some(_), None) | (None, Some(_)) => {
            let what = "a cap needs its currency, and a currency its cap".to_owned();
            reader.problem(&place, what, "write both, or neither for no cap");
            return;
        }
    };
    approvers.delegations.push(Delegation {
        from,
        to,
        valid_from,
        valid_until,
        cap,
    });
}
