//! Everything wrong in a profile that can be seen without the ERP.

use std::collections::BTreeMap;

use connector::{Problem, Settings};

use super::{Guard, Operation, Profile};
use crate::template::{Piece, pieces};

/// Values that every path may name.
const PAPER: &[&str] = &[
    "key",
    "key_guid",
    "rma_number",
    "site",
    "customer",
    "legal_entity",
    "correlation_id",
    "issued_on",
    "issued_at",
];

/// Everything wrong with a profile, given the instance's own values.
pub(crate) fn problems(
    profile: &Profile,
    vars: &BTreeMap<String, String>,
    settings: &Settings,
) -> Vec<Problem> {
    let mut check = Check {
        profile,
        vars,
        problems: Vec::new(),
    };
    for name in profile
        .needs
        .iter()
        .filter(|name| !vars.contains_key(*name))
    {
        let what = format!("the profile {} needs a value {name:?}", profile.name);
        let fix = format!("add {name} = \"…\"");
        check
            .problems
            .push(Problem::new(settings.place("vars"), what, fix));
    }
    check.path("probe", &profile.probe, &[], true);
    for (name, template) in &profile.headers {
        check.header(&format!("headers.{name}"), name, template, &[]);
    }
    if let Guard::IdempotencyHeader { headers } = &profile.guard {
        for (name, template) in headers {
            check.header(&format!("guard.headers.{name}"), name, template, PAPER);
        }
    }
    if let Some(csrf) = &profile.csrf {
        check.path("csrf.path", &csrf.path, &[], true);
    }
    let answers = &profile.answers;
    for pointer in answers
        .code_at
        .iter()
        .chain(&answers.message_at)
        .chain(&answers.target_at)
    {
        check.pointer("answers", pointer);
    }
    let mut count = 0;
    for (name, operation) in profile.operations.all() {
        check.operation(name, operation);
        count += 1;
    }
    if count == 0 {
        check.wrong(
            "operations",
            "it has none".into(),
            "describe at least one operation",
        );
    }
    check.problems
}

struct Check<'a> {
    profile: &'a Profile,
    vars: &'a BTreeMap<String, String>,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn wrong(&mut self, place: &str, what: String, fix: &str) {
        self.problems.push(Problem::new(
            format!("{}:{place}", self.profile.name),
            what,
            fix,
        ));
    }

    fn operation(&mut self, name: &str, operation: &Operation) {
        let place = |what: &str| format!("operations.{name}.{what}");
        let mut values = PAPER.to_vec();
        if name == "credit-reversal" {
            values.extend(["reverses", "reverses_number"]);
        }
        if let Some(target) = &operation.target {
            self.path(&place("target.path"), &target.path, &values, true);
        }
        for at in &operation.places {
            self.path(&place("places"), &at.path, &values, true);
            if !pieces(&at.path).iter().any(is_key) {
                let fix = "filter by {key:odata} or address it by {key}";
                self.wrong(
                    &place("places"),
                    format!("{} does not ask for our key", at.name),
                    fix,
                );
            }
            for pointer in at.list_at.iter().chain(&at.next_at) {
                self.pointer(&place("places"), pointer);
            }
        }
        if operation.places.is_empty() && !matches!(self.profile.guard, Guard::None {}) {
            let fix =
                "name every place where such a document can be, or declare guard.kind = \"none\"";
            self.wrong(
                &place("places"),
                "there is no place to look it up".into(),
                fix,
            );
        }
        if operation.target.is_some() {
            values.push("target");
        }
        self.path(&place("create.path"), &operation.create.path, &values, true);
        values.push("id");
        if let Some(read) = &operation.read {
            self.path(&place("read"), read, &values, true);
        }
        if let Some(finish) = &operation.finish {
            self.path(&place("finish.path"), &finish.path, &values, true);
            if operation.half.is_empty() || operation.status_at.is_none() {
                let fix = "give status_at and the statuses of a draft in `half`";
                self.wrong(
                    &place("finish"),
                    "a draft cannot be told from a document".into(),
                    fix,
                );
            }
            if operation.read.is_none() {
                let fix = "give the path of one document by {id}";
                self.wrong(&place("read"), "a draft cannot be read again".into(), fix);
            }
        }
        if operation.status_at.is_some() && operation.complete.is_empty() {
            let fix = "give the statuses of a finished document";
            self.wrong(&place("complete"), "no status means finished".into(), fix);
        }
        for pointer in pointers(operation) {
            self.pointer(&place(""), pointer);
        }
    }

    fn path(&mut self, place: &str, template: &str, values: &[&str], from_root: bool) {
        if from_root && !template.starts_with('/') {
            self.wrong(
                place,
                format!("{template:?} does not begin with a slash"),
                "begin it with /",
            );
        }
        self.values(place, template, values);
    }

    fn header(&mut self, place: &str, name: &str, template: &str, values: &[&str]) {
        if name.parse::<http::HeaderName>().is_err() {
            self.wrong(
                place,
                format!("{name:?} is not a header name"),
                "letters, digits, hyphens",
            );
        }
        self.values(place, template, values);
    }

    fn values(&mut self, place: &str, template: &str, values: &[&str]) {
        for piece in pieces(template) {
            let Piece::Value { name, .. } = piece else {
                continue;
            };
            let is_needed = self.profile.needs.iter().any(|need| need == name);
            if !values.contains(&name) && !self.vars.contains_key(name) && !is_needed {
                let fix = format!("one of {}, or a name in `vars`", values.join(", "));
                self.wrong(place, format!("{{{name}}} has no value here"), &fix);
            }
        }
    }

    fn pointer(&mut self, place: &str, pointer: &str) {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            let fix = "write a JSON pointer: /error/code";
            self.wrong(place, format!("{pointer:?} is not a JSON pointer"), fix);
        }
    }
}

fn is_key(piece: &Piece<'_>) -> bool {
    matches!(
        piece,
        Piece::Value {
            name: "key" | "key_guid",
            ..
        }
    )
}

fn pointers(operation: &Operation) -> impl Iterator<Item = &String> {
    let compare = &operation.compare;
    [&operation.document_at, &operation.key_at, &operation.id_at]
        .into_iter()
        .chain(
            [
                &operation.number_at,
                &operation.status_at,
                &operation.etag_at,
                &operation.posting_date_at,
                &compare.customer,
                &compare.currency,
                &compare.net,
                &compare.tax,
                &compare.gross,
                &compare.item,
                &compare.quantity,
                &compare.reverses_number,
            ]
            .into_iter()
            .flatten(),
        )
}
