//! The identity provider: an address that nobody can stand in for, groups that have roles.

use console::oidc::settings;
use secrecy::ExposeSecret as _;

use crate::config::{Config, OidcBlock};
use crate::report::Report;

pub(super) fn check(config: &Config, report: &mut Report) {
    let Some(block) = &config.api.oidc else {
        return;
    };
    if !config.api.console {
        report.problem(
            "api.oidc",
            "people sign in to the console, and there is none: [api] console = false",
            "take one of the two out",
        );
    }
    if let Some(what) = settings::wrong_issuer(&block.issuer) {
        let fix = "write the issuer as the provider's description says it: https://…; http is for this host alone";
        report.problem("api.oidc.issuer", what, fix);
    }
    client(block, report);
    claims(block, report);
    groups(config, block, report);
    if let Some(url) = &block.public_url {
        if let Some(what) = settings::wrong_public_url(url) {
            let fix =
                "write the address of the console as browsers see it: https://returns.corp.example";
            report.problem("api.oidc.public_url", what, fix);
        } else if url.starts_with("https:") && !config.api.behind_tls {
            report.warning(
                "api.behind_tls",
                "browsers come by TLS ([api.oidc] public_url), and cookies are not for TLS alone",
                "write behind_tls = true",
            );
        }
    }
    ca(config, block, report);
}

fn client(block: &OidcBlock, report: &mut Report) {
    if block.client_id.trim().is_empty() {
        let fix = "write the name that the provider has for this application";
        report.problem("api.oidc.client_id", "it is empty", fix);
    }
    let secret = block.client_secret.as_ref();
    if secret.is_some_and(|secret| secret.expose_secret().trim().is_empty()) {
        let fix = "give the secret, { env = \"NAME\" } or { file = \"path\" }, or leave it out for a public client";
        report.problem("api.oidc.client_secret", "it is empty", fix);
    }
    if !block.scopes.iter().any(|scope| scope == "openid") {
        let fix = "write it among them: the provider gives no ID token otherwise";
        report.problem("api.oidc.scopes", "openid is not among them", fix);
    }
}

fn claims(block: &OidcBlock, report: &mut Report) {
    for (key, claim) in [
        ("name_claim", &block.name_claim),
        ("groups_claim", &block.groups_claim),
    ] {
        if claim.trim_matches('/').trim().is_empty() {
            let fix = "write the name of a claim, or leave it out for its default";
            report.problem(format!("api.oidc.{key}"), "it is empty", fix);
        }
    }
    if block.label.trim().is_empty() || block.label.chars().count() > 60 {
        let fix = "write what the button is to say, in at most 60 characters";
        report.problem(
            "api.oidc.label",
            "it is empty or too long for a button",
            fix,
        );
    }
}

fn groups(config: &Config, block: &OidcBlock, report: &mut Report) {
    let roles = config.api.roles();
    if block.groups.is_empty() {
        report.problem(
            "api.oidc.groups",
            "no group has a role: nobody could sign in",
            "write [api.oidc.groups] with \"group\" = \"role\"",
        );
    }
    for (group, role) in &block.groups {
        if roles.of(role).is_none() {
            let names: Vec<&str> = roles.names().collect();
            report.problem(
                format!("api.oidc.groups.{group}"),
                format!("there is no role {role:?}"),
                format!(
                    "write one of {}, or add it as [[api.role]]",
                    names.join(", ")
                ),
            );
        }
    }
}

fn ca(config: &Config, block: &OidcBlock, report: &mut Report) {
    let Some(path) = &block.ca else {
        return;
    };
    let wrong = match std::fs::read(config.path(path)) {
        Ok(pem) => settings::wrong_ca(&pem),
        Err(error) => Some(error.to_string()),
    };
    if let Some(what) = wrong {
        let what = format!("{} cannot be used: {what}", path.display());
        report.problem("api.oidc.ca", what, "give a file of certificates in PEM");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::{Environment, Secrets, parse};
    use crate::report::Report;

    fn found(more: &str) -> Report {
        let text = format!("[api]\n{more}");
        let environment = Environment::default();
        let reading = parse(&text, "test", Path::new("."), &environment, Secrets::Needed);
        let mut report = reading.report;
        super::check(&reading.config, &mut report);
        report
    }

    const GOOD: &str =
        "[api.oidc]\nissuer = \"https://id.corp.example\"\nclient_id = \"backhaul\"\n";
    const GROUPS: &str = "[api.oidc.groups]\n\"returns-ops\" = \"operator\"\n";

    #[test]
    fn a_sound_block_is_sound() {
        let report = found(&format!("{GOOD}client_secret = \"s3cret\"\n{GROUPS}"));
        assert!(report.findings.is_empty(), "{report}");
    }

    #[test]
    fn what_is_wrong_is_said_where_it_is() {
        for (block, place) in [
            (format!("console = false\n{GOOD}{GROUPS}"), "api.oidc"),
            (
                format!("{GOOD}{GROUPS}").replace("https://id", "http://id"),
                "api.oidc.issuer",
            ),
            (format!("{GOOD}[api.oidc.groups]\n"), "api.oidc.groups"),
            (
                format!("{GOOD}{GROUPS}").replace("operator", "king"),
                "api.oidc.groups.returns-ops",
            ),
            (
                format!("{GOOD}scopes = [\"profile\"]\n{GROUPS}"),
                "api.oidc.scopes",
            ),
            (
                format!("{GOOD}client_secret = \"\"\n{GROUPS}"),
                "api.oidc.client_secret",
            ),
            (
                format!("{GOOD}name_claim = \"\"\n{GROUPS}"),
                "api.oidc.name_claim",
            ),
            (
                format!("{GOOD}groups_claim = \"/\"\n{GROUPS}"),
                "api.oidc.groups_claim",
            ),
            (format!("{GOOD}label = \"\"\n{GROUPS}"), "api.oidc.label"),
            (
                format!("{GOOD}public_url = \"http://a.example\"\n{GROUPS}"),
                "api.oidc.public_url",
            ),
            (
                format!("{GOOD}public_url = \"https://a.example\"\n{GROUPS}"),
                "api.behind_tls",
            ),
            (
                format!("{GOOD}ca = \"nowhere.pem\"\n{GROUPS}"),
                "api.oidc.ca",
            ),
            (
                format!("{GOOD}{GROUPS}").replace("client_id = \"backhaul\"", "client_id = \"\""),
                "api.oidc.client_id",
            ),
        ] {
            let report = found(&block);
            let places: Vec<&str> = report.findings.iter().map(|f| f.place.as_str()).collect();
            assert_eq!(places, [place], "{block}: {report}");
        }
    }

    #[test]
    fn a_secret_is_never_told() {
        let block = format!("{GOOD}client_secret = \"s3cret\"\nscopes = []\n{GROUPS}");
        let environment = Environment::default();
        let text = format!("[api]\n{block}");
        let reading = parse(&text, "test", Path::new("."), &environment, Secrets::Needed);
        let told = format!("{:?} {}", reading.config, found(&block));
        assert!(
            told.contains("openid is not among them") && !told.contains("s3cret"),
            "{told}"
        );
    }
}
