//! Everything wrong in a profile that can be seen without the ERP and without a shape.

use std::collections::BTreeMap;

use connector::{Problem, Settings};

use super::{Call, Guard, Operation, Profile};
use crate::wire::is_path;

/// Everything wrong with a profile, given the instance's own values.
pub(crate) fn problems(
    profile: &Profile,
    vars: &BTreeMap<String, String>,
    settings: &Settings,
) -> Vec<Problem> {
    let mut check = Check {
        profile,
        problems: Vec::new(),
    };
    let missing = profile
        .needs
        .iter()
        .filter(|name| !vars.contains_key(*name));
    for name in missing {
        let what = format!("the profile {} needs a value {name:?}", profile.name);
        let fix = format!("add {name} = \"…\"");
        check
            .problems
            .push(Problem::new(settings.place("vars"), what, &fix));
    }
    for (prefix, namespace) in &profile.prefixes {
        let is_taken = matches!(prefix.as_str(), "m" | "soap" | "xsi" | "xml" | "xmlns");
        if is_taken || !is_path(prefix) || prefix.contains(['/', '*', '@']) || namespace.is_empty()
        {
            let what = format!("{prefix:?} cannot be a prefix of our own, or names no namespace");
            check.wrong("prefixes", what, "choose another prefix, such as \"t\"");
        }
    }
    check.call("probe", &profile.probe);
    check.answers();
    let mut count = 0;
    for (name, operation) in profile.operations.all() {
        check.operation(name, operation);
        count += 1;
    }
    if count == 0 {
        let fix = "describe at least one operation";
        check.wrong("operations", "it has none".into(), fix);
    }
    check.problems
}

struct Check<'a> {
    profile: &'a Profile,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn wrong(&mut self, place: &str, what: String, fix: &str) {
        let place = format!("{}:{place}", self.profile.name);
        self.problems.push(Problem::new(place, what, fix));
    }

    fn answers(&mut self) {
        let answers = &self.profile.answers;
        for path in answers.detail_codes.iter().chain(&answers.detail_fields) {
            self.path("answers", path);
        }
        if let Some(results) = &answers.results {
            let paths = [&results.kind, &results.message].into_iter();
            let paths = paths.chain(&results.at).chain(&results.code);
            let paths = paths.chain(&results.key).chain(&results.field);
            for path in paths {
                self.path("answers.results", path);
            }
            if results.refusals.is_empty() || results.code.is_empty() {
                let fix = "give the kinds that refuse and the paths of the code";
                self.wrong("answers.results", "no line could ever refuse".into(), fix);
            }
        }
    }

    fn operation(&mut self, name: &str, operation: &Operation) {
        let place = |what: &str| format!("operations.{name}.{what}");
        for (what, call) in operation.calls() {
            self.call(&place(&what), call);
        }
        if operation.create.shows.is_none() && operation.places.is_empty() {
            let fix = "give `create.shows`, or a place to look it up";
            self.wrong(
                &place("create.shows"),
                "nothing shows the document's number".into(),
                fix,
            );
        }
        if operation.places.is_empty() && self.profile.guard != Guard::None {
            let fix = "name every place where such a document can be, or declare guard = \"none\"";
            self.wrong(
                &place("places"),
                "there is no place to look it up".into(),
                fix,
            );
        }
        for (index, at) in operation.places.iter().enumerate() {
            if at.shows.is_none() {
                let fix = "say where its answer shows documents";
                self.wrong(
                    &place(&format!("places[{index}].shows")),
                    "nothing can be found in it".into(),
                    fix,
                );
            }
        }
        let shows_status = operation.calls().any(|(_, call)| {
            call.shows
                .as_ref()
                .is_some_and(|shows| shows.status.is_some())
        });
        if shows_status && operation.complete.is_empty() {
            let fix = "give the statuses of a finished document";
            self.wrong(&place("complete"), "no status means finished".into(), fix);
        }
        if !operation.half.is_empty() && operation.finish.is_none() {
            let fix = "describe the call that makes a document of it";
            self.wrong(&place("finish"), "a draft cannot be finished".into(), fix);
        }
    }

    fn call(&mut self, place: &str, call: &Call) {
        if !is_path(&call.element) || call.element.contains(['/', '*', '@']) {
            let what = format!("{:?} is not the name of an element", call.element);
            self.wrong(
                &format!("{place}.element"),
                what,
                "write the operation's name without a prefix",
            );
        }
        if !call.path.is_empty() && !call.path.starts_with('/') {
            let what = format!("{:?} does not begin with a slash", call.path);
            self.wrong(&format!("{place}.path"), what, "begin it with /");
        }
        if call.action.chars().any(|c| c.is_control() || !c.is_ascii()) {
            let what = "it has characters that no header can carry".to_owned();
            self.wrong(&format!("{place}.action"), what, "copy it from the WSDL");
        }
        for path in call.shows.iter().flat_map(super::Shows::paths) {
            self.path(&format!("{place}.shows"), path);
        }
    }

    fn path(&mut self, place: &str, path: &str) {
        if !is_path(path) {
            let fix = "write names with slashes between: Response/Result/DocumentNo";
            self.wrong(place, format!("{path:?} is not a path"), fix);
        }
    }
}
