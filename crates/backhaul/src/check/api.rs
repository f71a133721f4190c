//! The API: tokens that can be told apart, an address of its own.

use std::collections::BTreeSet;

use console::Scope;
use secrecy::ExposeSecret as _;

use crate::config::{API, Config};
use crate::report::Report;

pub(super) fn check(config: &Config, report: &mut Report) {
    webhooks(config, report);
    let block = &config.api;
    let (mut names, mut hashes) = (BTreeSet::new(), BTreeSet::new());
    for (n, token) in block.token.iter().enumerate() {
        let place = format!("api.token.{}", n + 1);
        let plain = |text: &str| {
            !text.is_empty()
                && text.len() <= 60
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
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
        if token.person.is_none() && token.scopes.contains(&Scope::ApprovalsDecide) {
            report.warning(
                format!("{place}.person"),
                "the token may decide on approvals, and stands for nobody who could: it is refused",
                "write person = \"…\", a user of the file of approvers",
            );
        }
        if token.scopes.is_empty() {
            let fix = "give it scopes, or take it out";
            report.problem(format!("{place}.scopes"), "it may do nothing", fix);
        }
    }
    if block.max_body_bytes == 0 {
        report.problem("api.max_body_bytes", "it is 0", "write at least 1");
    }
    let nobody = block.token.is_empty() && block.webhook.is_empty();
    let asked_for = config.only.iter().any(|part| part == API);
    if asked_for && nobody {
        report.problem(
            "api.token",
            "the API is to run, and nobody has a token",
            "make one with backhaul api token new",
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
