//! The file of approvers: sound in itself, and enough people for what the policies ask.

use workflow::{Approvers, PolicySet};

use crate::config::Config;
use crate::report::Report;

/// Name and text of the file of approvers, if one is configured and can be read.
pub fn file(config: &Config) -> Option<(String, String)> {
    let file = config.approvers.file.as_ref()?;
    let text = std::fs::read_to_string(config.path(file)).ok()?;
    Some((file.display().to_string(), text))
}

/// The approvers of a configuration, if there are any: they know by which names a person goes.
///
/// # Errors
/// What is wrong with them.
pub fn known(config: &Config) -> Result<Option<Approvers>, Report> {
    let mut report = Report::default();
    let approvers = load(config, &mut report);
    report.or(approvers)
}

/// Reads the approvers of a configuration. None if there are none, or after a problem.
pub(super) fn load(config: &Config, report: &mut Report) -> Option<Approvers> {
    let file = config.approvers.file.as_ref()?;
    let path = config.path(file);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            report.problem(
                "approvers.file",
                format!("{} cannot be read: {error}", path.display()),
                "give a path relative to the configuration file",
            );
            return None;
        }
    };
    match Approvers::load(&file.display().to_string(), &text) {
        Ok(mut approvers) => {
            tokens(config, &mut approvers, report);
            Some(approvers)
        }
        Err(problems) => {
            for problem in problems {
                report.problem(problem.place, problem.what, problem.fix);
            }
            None
        }
    }
}

/// Makes the tokens of a person known as names of theirs, so that what a person did by the API is found to be theirs when
/// four eyes are asked for.
fn tokens(config: &Config, approvers: &mut Approvers, report: &mut Report) {
    for (n, token) in config.api.token.iter().enumerate() {
        let Some(person) = &token.person else {
            continue;
        };
        if !approvers.know_as(person, &console::access::actor(&token.name)) {
            report.problem(
                format!("api.token.{}.person", n + 1),
                format!("there is no person {person:?} among the approvers"),
                "write the user of a [[person]] of the file of approvers",
            );
        }
    }
}

/// Roles that the policies ask for and too few people hold: what waits for them waits for ever.
pub(super) fn check(config: &Config, policies: &PolicySet, report: &mut Report) {
    let Some(approvers) = policies.approvers() else {
        return;
    };
    let place = config.approvers.file.as_ref();
    let place = place.map_or_else(String::new, |file| file.display().to_string());
    for policy in policies.all() {
        for (role, count) in policy.roles() {
            let holders = approvers.people().iter();
            let holders = holders.filter(|person| person.roles.iter().any(|r| r == role));
            let holders = u32::try_from(holders.count()).unwrap_or(u32::MAX);
            if holders < count {
                report.warning(
                    &place,
                    format!(
                        "policy {} asks for {count} of role {role:?}, and {holders} people hold it",
                        policy.version
                    ),
                    "give the role to more people: what waits for them waits for ever",
                );
            }
        }
    }
}
