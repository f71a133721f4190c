//! The API: tokens that can be told apart, an address of its own.

use std::collections::BTreeSet;

use console::roles::words;
use console::{Roles, Scope};
use secrecy::ExposeSecret as _;

use crate::config::{API, Config};
use crate::report::Report;

pub(super) fn check(config: &Config, report: &mut Report) {
    webhooks(config, report);
    let block = &config.api;
    roles(config, report);
    let roles = block.roles();
    let (mut names, mut hashes) = (BTreeSet::new(), BTreeSet::new());
    for (n, token) in block.token.iter().enumerate() {
        let place = format!("api.token.{}", n + 1);
        let plain = console::access::is_name;
        if !plain(&token.name) {
            let fix = "use letters, digits, -, _ and ., at most 60";
            report.problem(
                format!("{place}.name"),
                "it cannot be written into the audit",
                fix,
            );
        }
        if token.tenant.as_deref().is_some_and(|tenant| !plain(tenant)) {
            let fix = "use letters, digits, -, _ and ., at most 60";
            report.problem(format!("{place}.tenant"), "it is not a name", fix);
        }
        if !names.insert(&token.name) {
            let what = format!("there is another token {:?}", token.name);
            report.problem(format!("{place}.name"), what, "give each its own name");
        }
        match console::access::read_hash(&token.sha256) {
            None => report.problem(
                format!("{place}.sha256"),
                "it is not a hash of 64 hexadecimal digits",
                "paste the block that backhaul api token new printed; never the token itself",
            ),
            Some(hash) if !hashes.insert(hash) => report.problem(
                format!("{place}.sha256"),
                "another token has the same hash",
                "make a token for each: backhaul api token new",
            ),
            Some(_) => {}
        }
        if token.person.is_some() && config.approvers.file.is_none() {
            report.problem(
                format!("{place}.person"),
                "there is no file of approvers, in which the person would be",
                "name one under [approvers]",
            );
        }
        let mut scopes: BTreeSet<Scope> = token.scopes.iter().copied().collect();
        for name in &token.roles {
            match roles.of(name) {
                Some(more) => scopes.extend(more),
                None => report.problem(
                    format!("{place}.roles"),
                    format!("there is no role {name:?}"),
                    format!(
                        "write one of {}, or add it as [[api.role]]",
                        names_of(&roles)
                    ),
                ),
            }
        }
        let together = roles.together(&scopes);
        if !together.is_empty() {
            report.problem(
                format!("{place}.scopes"),
                format!(
                    "it holds {} together, which [[api.apart]] keeps apart",
                    words(&together)
                ),
                "make a token for each",
            );
        }
        if token.person.is_none() && scopes.contains(&Scope::ApprovalsDecide) {
            report.warning(
                format!("{place}.person"),
                "the token may decide on approvals, and stands for nobody who could: it is refused",
                "write person = \"…\", a user of the file of approvers",
            );
        }
        if scopes.is_empty() && token.roles.is_empty() {
            let fix = "give it scopes or roles, or take it out";
            report.problem(format!("{place}.scopes"), "it may do nothing", fix);
        }
    }
    if block.max_body_bytes == 0 {
        report.problem("api.max_body_bytes", "it is 0", "write at least 1");
    }
    let nobody = block.token.is_empty() && block.webhook.is_empty();
    let asked_for = config.only.iter().any(|part| part == API);
    if asked_for && nobody {
        report.warning(
            "api.token",
            "the API is to run, and nobody has a token: it is served if the store has users, for the console alone",
            "make one with backhaul api token new, or a user with backhaul user add",
        );
    }
    let port = block.listen.port();
    let others = [config.http.listen, config.admin.listen];
    if !block.token.is_empty() && port != 0 && others.contains(&block.listen) {
        report.problem(
            "api.listen",
            "it is also that of another listener",
            "give it a port of its own",
        );
    }
}

fn roles(config: &Config, report: &mut Report) {
    let all = config.api.roles();
    for (n, apart) in config.api.apart.iter().enumerate() {
        let scopes: BTreeSet<Scope> = apart.scopes.iter().copied().collect();
        if scopes.len() < 2 {
            let place = format!("api.apart.{}.scopes", n + 1);
            let fix = "write at least two different ones";
            report.problem(place, "there is nothing to be kept apart", fix);
        }
    }
    for name in all.names() {
        let together = all.of(name).map(|scopes| all.together(scopes));
        let together = together.unwrap_or_default();
        if !together.is_empty() {
            report.warning(
                "api.apart",
                format!(
                    "the role {name:?} holds {} together: whoever has it has none of them",
                    words(&together)
                ),
                format!("give the role other scopes: [[api.role]] with name = {name:?}"),
            );
        }
    }
    let mut names = BTreeSet::new();
    for (n, role) in config.api.role.iter().enumerate() {
        let place = format!("api.role.{}", n + 1);
        if !console::access::is_name(&role.name) {
            let fix = "use letters, digits, -, _ and ., at most 60";
            report.problem(format!("{place}.name"), "it is not a name", fix);
        }
        if !names.insert(&role.name) {
            let what = format!("there is another role {:?}", role.name);
            report.problem(format!("{place}.name"), what, "give each its own name");
        }
        if role.scopes.is_empty() {
            let fix = "give it scopes, or take it out";
            report.problem(
                format!("{place}.scopes"),
                "whoever has it may do nothing",
                fix,
            );
        }
    }
}

fn names_of(roles: &Roles) -> String {
    roles.names().collect::<Vec<_>>().join(", ")
}

fn webhooks(config: &Config, report: &mut Report) {
    let mut names = BTreeSet::new();
    for (n, hook) in config.api.webhook.iter().enumerate() {
        let place = format!("api.webhook.{n}");
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if hook.name.is_empty() || hook.name.len() > 60 || !hook.name.bytes().all(plain) {
            let fix = "use a–z, 0–9 and -, at most 60";
            report.problem(
                format!("{place}.name"),
                "it cannot be used in a queue's name",
                fix,
            );
        }
        if !names.insert(&hook.name) {
            let what = format!("there is another webhook {:?}", hook.name);
            report.problem(format!("{place}.name"), what, "give each its own name");
        }
        let address = url::Url::parse(&hook.url).ok();
        if !address.is_some_and(|url| matches!(url.scheme(), "http" | "https")) {
            report.problem(
                format!("{place}.url"),
                "it is not an address",
                "write https://…",
            );
        }
        if hook.secret.expose_secret().len() < 16 {
            let fix = "take one of at least 16 characters, drawn at random";
            report.problem(
                format!("{place}.secret"),
                "it is too short to sign with",
                fix,
            );
        }
        if hook.max_tries == 0 {
            report.problem(format!("{place}.max_tries"), "it is 0", "write at least 1");
        }
        if !hook.within.is_positive() {
            let fix = "write a duration such as \"10s\"";
            report.problem(format!("{place}.within"), "it is not above zero", fix);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::{Environment, Secrets, parse};
    use crate::report::Report;

    fn found(more: &str) -> Vec<String> {
        let environment = Environment::default();
        let reading = parse(more, "test", Path::new("."), &environment, Secrets::Needed);
        let mut report: Report = reading.report;
        super::check(&reading.config, &mut report);
        let findings = report.findings.iter();
        findings
            .map(|found| format!("{} {}", found.place, found.what))
            .collect()
    }

    #[test]
    fn whoever_would_hold_what_is_kept_apart_is_named() {
        let hash = "0".repeat(64);
        let token = |scopes: &str| {
            format!(
                "[[api.token]]\nname = \"desk\"\nsha256 = \"{hash}\"\nscopes = [{scopes}]\nroles = [\"viewer\"]\n"
            )
        };
        let apart = "[[api.apart]]\nscopes = [\"exceptions:edit\", \"audit:read\"]\n";
        let both = token("\"exceptions:edit\", \"audit:read\"");
        assert_eq!(found(&both), Vec::<String>::new());
        let held = "api.token.1.scopes it holds exceptions:edit, audit:read together, which [[api.apart]] keeps apart";
        assert_eq!(found(&format!("{both}{apart}")), [held]);
        let one = token("\"audit:read\"");
        assert_eq!(found(&format!("{one}{apart}")), Vec::<String>::new());

        let nothing = "[[api.apart]]\nscopes = [\"admin\", \"admin\"]\n";
        let nothing = found(&format!("{one}{nothing}"));
        assert_eq!(
            nothing,
            ["api.apart.1.scopes there is nothing to be kept apart"]
        );
        let role = "[[api.apart]]\nscopes = [\"exceptions:edit\", \"exceptions:discard\"]\n";
        let role = found(&format!("{one}{role}"));
        assert_eq!(role.len(), 1, "{role:?}");
        assert!(
            role[0].starts_with("api.apart the role \"operator\" holds"),
            "{role:?}"
        );
    }
}
