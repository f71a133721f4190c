//! The API: tokens that can be told apart, an address of its own.

use std::collections::BTreeSet;

use crate::config::{API, Config};
use crate::report::Report;

pub(super) fn check(config: &Config, report: &mut Report) {
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
        if token.scopes.is_empty() {
            let fix = "give it scopes, or take it out";
            report.problem(format!("{place}.scopes"), "it may do nothing", fix);
        }
    }
    if block.max_body_bytes == 0 {
        report.problem("api.max_body_bytes", "it is 0", "write at least 1");
    }
    let asked_for = config.only.iter().any(|part| part == API);
    if asked_for && block.token.is_empty() {
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
