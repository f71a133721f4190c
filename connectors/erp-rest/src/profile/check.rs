//! Everything wrong in a profile that can be seen without the ERP.

use std::collections::BTreeMap;

use connector::{Problem, Settings};

use super::{Guard, Operation, Profile};
use crate::template::{Filter, Piece, pieces};

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
    for (name, reference) in &profile.references {
        let place = format!("references.{name}");
        check.path(&place, &reference.path, &["of"], true);
        check.asks(&place, &reference.path, &["of"], "ask for our code: {of}");
        check.pointer(&place, &reference.list_at);
        check.pointer(&place, &reference.id_at);
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
    if let Some(credits) = &profile.credits {
        for at in &credits.places {
            check.path("credits.places", &at.path, &["invoice"], true);
            let fix = "filter by the invoice's number: {invoice:odata}";
            check.asks("credits.places", &at.path, &["invoice"], fix);
            for pointer in at.list_at.iter().chain(&at.next_at) {
                check.pointer("credits.places", pointer);
            }
        }
        if credits.places.is_empty() {
            let fix = "name the lists in which a credit against an invoice can be, or leave `credits` out";
            check.wrong("credits.places", "there is no place to ask".into(), fix);
        }
    }
    if let Some(invoices) = &profile.invoices {
        for at in &invoices.places {
            check.path("invoices.places", &at.path, &["invoice"], true);
            let fix = "ask for the invoice's number: {invoice} or {invoice:odata}";
            check.asks("invoices.places", &at.path, &["invoice"], fix);
            for pointer in at.list_at.iter().chain(&at.next_at) {
                check.pointer("invoices.places", pointer);
            }
        }
        if invoices.places.is_empty() {
            let fix = "name where an invoice is found, or leave `invoices` out";
            check.wrong("invoices.places", "there is no place to ask".into(), fix);
        }
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
        if matches!(name, "credit-reversal" | "recovery-reversal") {
            values.extend(["reverses", "reverses_number"]);
        }
        // A changed order is found by its own key; whether it was changed is what it shows at `key_at`.
        let (wanted, fix): (&[&str], _) = if name == "return-order-change" {
            values.push("changes");
            (
                &["changes"],
                "filter by {changes:odata}, the key of the order",
            )
        } else {
            let fix = "filter by {key:odata} or address it by {key}";
            (&["key", "key_guid"], fix)
        };
        if let Some(target) = &operation.target {
            self.path(&place("target.path"), &target.path, &values, true);
        }
        for at in &operation.places {
            self.path(&place("places"), &at.path, &values, true);
            self.asks(&place("places"), &at.path, wanted, fix);
            for pointer in at.list_at.iter().chain(&at.next_at) {
                self.pointer(&place("places"), pointer);
            }
        }
        if let Some(listing) = &operation.extract {
            self.path(&place("extract.path"), &listing.path, &["from", "to"], true);
            let fix = "ask for the days: {from} and {to}";
            self.asks(&place("extract.path"), &listing.path, &["from"], fix);
            self.asks(&place("extract.path"), &listing.path, &["to"], fix);
            self.pointer(&place("extract.list_at"), &listing.list_at);
            if let Some(pointer) = &listing.next_at {
                self.pointer(&place("extract.next_at"), pointer);
            }
        }
        let leaves_something = name != crate::interface::TAX_QUOTE;
        let is_guarded = !matches!(self.profile.guard, Guard::None {});
        if operation.places.is_empty() && leaves_something && is_guarded {
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
        for step in &operation.finish {
            self.path(&place("finish.path"), &step.path, &values, true);
        }
        if !operation.finish.is_empty() {
            let has_step = |status: &&String| operation.step(Some(status)).is_some();
            if let Some(status) = operation.half.iter().find(|status| !has_step(status)) {
                let fix = "name it in `from` of the step that is next";
                self.wrong(
                    &place("finish"),
                    format!("no step is next for a draft of status {status:?}"),
                    fix,
                );
            }
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
        let profile = self.profile;
        for piece in pieces(template) {
            let Piece::Value { name, filter } = piece else {
                continue;
            };
            let is_needed = profile.needs.iter().any(|need| need == name);
            if values.contains(&name) || self.vars.contains_key(name) || is_needed {
                if filter == Filter::Raw {
                    let what = format!("{{{name}:raw}} is a value: it could break the path");
                    self.wrong(place, what, "leave `:raw` to texts of the profile");
                }
            } else if let Some(text) = profile.texts.get(name) {
                self.text(place, text, values);
            } else {
                let fix = format!("one of {}, a text, or a name in `vars`", values.join(", "));
                self.wrong(place, format!("{{{name}}} has no value here"), &fix);
            }
        }
    }

    /// A text that stands in a template: it names values only.
    fn text(&mut self, place: &str, text: &str, values: &[&str]) {
        for name in names(text) {
            let is_needed = self.profile.needs.iter().any(|need| need == name);
            if !values.contains(&name) && !self.vars.contains_key(name) && !is_needed {
                let fix = format!("one of {}, or a name in `vars`", values.join(", "));
                self.wrong(
                    place,
                    format!("{{{name}}} in a text has no value here"),
                    &fix,
                );
            }
        }
    }

    /// A path that must name one of these, itself or in one of its texts.
    fn asks(&mut self, place: &str, path: &str, wanted: &[&str], fix: &str) {
        let profile = self.profile;
        let texts = names(path).filter_map(|name| profile.texts.get(name));
        let mut named = names(path).chain(texts.flat_map(|text| names(text)));
        if !named.any(|name| wanted.contains(&name)) {
            let what = format!("{path:?} does not ask for {{{}}}", wanted.join("} or {"));
            self.wrong(place, what, fix);
        }
    }

    fn pointer(&mut self, place: &str, pointer: &str) {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            let fix = "write a JSON pointer: /error/code";
            self.wrong(place, format!("{pointer:?} is not a JSON pointer"), fix);
        }
    }
}

/// The names in a template.
fn names(template: &str) -> impl Iterator<Item = &str> {
    pieces(template)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Value { name, .. } => Some(name),
            Piece::Text(_) => None,
        })
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
