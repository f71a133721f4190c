//! The example configuration passes, and each kind of mistake is reported with its place and a fix.

use std::path::{Path, PathBuf};

use backhaul::check;
use backhaul::config::{self, Environment, Secrets};
use backhaul::report::{Report, Severity};

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

/// The example with something exchanged, checked as `backhaul check` does.
fn with(exchange: &str, by: &str) -> Report {
    let text = std::fs::read_to_string(deploy().join("backhaul.toml")).unwrap();
    assert!(text.contains(exchange), "the example has no {exchange:?}");
    let text = text.replacen(exchange, by, 1);
    let environment = Environment::default();
    let reading = config::parse(
        &text,
        "backhaul.toml",
        &deploy(),
        &environment,
        Secrets::MayBeAbsent,
    );
    let mut report = reading.report;
    report.extend(check::check(&reading.config));
    report
}

/// Asserts that exactly this place has a problem, with a fix.
#[track_caller]
fn has_problem(report: &Report, place: &str, word: &str) {
    let found = report
        .findings
        .iter()
        .find(|f| f.severity == Severity::Problem && f.place == place && f.what.contains(word));
    let found = found.unwrap_or_else(|| panic!("no problem {word:?} at {place}:\n{report}"));
    assert!(!found.fix.is_empty(), "{place} has no fix");
}

#[test]
fn the_example_passes_without_its_secrets() {
    let report = check::file(&deploy().join("backhaul.toml"), &Environment::default());
    assert!(report.is_ok(), "{report}");
    let only_secrets = report.findings.iter().all(|f| {
        f.what.contains("environment variable") || f.what.contains("/run/secrets/wms-3pl")
    });
    assert!(only_secrets, "{report}");
}

#[test]
fn the_example_has_no_warnings_with_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("wms-3pl");
    std::fs::write(&secret, "a-long-random-secret\n").unwrap();
    let text = std::fs::read_to_string(deploy().join("backhaul.toml")).unwrap();
    let text = text.replace("/run/secrets/wms-3pl", secret.to_str().unwrap());
    let environment = Environment::of([
        ("BACKHAUL_BROKER_URL", "amqp://u:p@broker:5672/returns"),
        ("BACKHAUL_STORE_URL", "postgres://u:p@db/backhaul"),
        ("PORTAL_SECRET", "a-long-random-secret"),
        ("PORTAL_API_KEY", "key"),
        ("WMS_EAST_SECRET", "a-long-random-secret"),
        ("WMS_EAST_API_KEY", "key"),
        ("WMS_3PL_TOKEN", "token"),
        ("ERP_CLIENT_SECRET", "secret"),
    ]);
    let reading = config::parse(&text, "example", &deploy(), &environment, Secrets::Needed);
    let mut report = reading.report;
    report.extend(check::check(&reading.config));
    assert!(report.findings.is_empty(), "{report}");
    assert_eq!(reading.config.connectors.len(), 4);
}

#[test]
fn the_example_of_file_edi_and_soap_partners_passes() {
    let text = std::fs::read_to_string(deploy().join("partners.toml")).unwrap();
    let environment = Environment::of([
        ("BACKHAUL_BROKER_URL", "amqp://u:p@broker:5672/returns"),
        ("BACKHAUL_STORE_URL", "postgres://u:p@db/backhaul"),
        ("DC_NORTH_PASSWORD", "password"),
        ("ERP_DE_PASSWORD", "password"),
        ("ERP_CLIENT_SECRET", "secret"),
        ("PORTAL_API_KEY", "key"),
    ]);
    let reading = config::parse(&text, "example", &deploy(), &environment, Secrets::Needed);
    let mut report = reading.report;
    report.extend(check::check(&reading.config));
    assert!(report.findings.is_empty(), "{report}");
    let kinds: std::collections::BTreeSet<&str> = reading
        .config
        .connectors
        .values()
        .map(|block| block.kind.as_str())
        .collect();
    assert_eq!(kinds.len(), 5, "every connector is shown: {kinds:?}");
}

#[test]
fn a_missing_secret_is_a_problem_for_who_wants_to_start() {
    let text = std::fs::read_to_string(deploy().join("backhaul.toml")).unwrap();
    let environment = Environment::default();
    let report = config::parse(&text, "example", &deploy(), &environment, Secrets::Needed).report;
    has_problem(&report, "connectors.portal.http.secret", "PORTAL_SECRET");
    has_problem(
        &report,
        "connectors.wms-3pl.http.secret",
        "/run/secrets/wms-3pl",
    );
    has_problem(&report, "broker.url", "BACKHAUL_BROKER_URL");
}

#[test]
fn broken_toml_is_reported_with_its_line() {
    has_problem(
        &with("\n[broker]\n", "\n[broker\n"),
        "backhaul.toml:9",
        "not TOML",
    );
}

#[test]
fn unknown_keys_and_blocks_are_refused() {
    has_problem(
        &with("answer_within", "answer_with"),
        "http.answer_with",
        "unknown field",
    );
    has_problem(&with("[admin]", "[adnim]"), "adnim", "no such block");
    let report = with("max_in_flight = 2", "max_in_fight = 2");
    has_problem(&report, "connectors.wms-3pl", "max_in_fight");
}

#[test]
fn everything_wrong_is_said_at_once() {
    let report = with(
        "answer_within = \"30s\"",
        "answer_within = \"soon\"\nqueue = 0\nlisten_to = 1",
    );
    has_problem(&report, "http.answer_within", "");
    has_problem(&report, "http.listen_to", "unknown field");
    has_problem(&report, "http.queue", "it is 0");
}

#[test]
fn connectors_are_checked() {
    let unknown = with("type = \"erp-rest\"", "type = \"erp-resd\"");
    has_problem(&unknown, "connectors.erp-us.type", "erp-resd");
    let missing = with("type = \"erp-rest\"", "");
    has_problem(&missing, "connectors.erp-us.type", "missing");
    let mapping = with("mappings/portal.jq", "mappings/nowhere.jq");
    has_problem(&mapping, "connectors.portal.mapping", "nowhere.jq");
    let code = with("\"EXCESS_STOCK\"", "\"TOO_MUCH\"");
    has_problem(
        &code,
        "connectors.portal.codes.reason.overstock",
        "TOO_MUCH",
    );
    let name = with("[connectors.erp-us]", "[connectors.ERP]");
    has_problem(&name, "connectors.ERP", "name");
}

#[test]
fn the_same_path_twice_is_refused() {
    let text = std::fs::read_to_string(deploy().join("backhaul.toml")).unwrap();
    let text = text
        .replace("/in/wms-east", "/in/portal")
        .replace("{ env = \"PORTAL_SECRET\" }", "\"a-long-secret\"");
    let text = text.replace("{ env = \"WMS_EAST_SECRET\" }", "\"another-long-secret\"");
    let text = text
        .replace("{ env = \"PORTAL_API_KEY\" }", "\"k\"")
        .replace("{ env = \"WMS_EAST_API_KEY\" }", "\"k\"");
    let reading = config::parse(
        &text,
        "example",
        &deploy(),
        &Environment::default(),
        Secrets::MayBeAbsent,
    );
    let report = check::check(&reading.config);
    has_problem(&report, "connectors.wms-east", "/in/portal");
}

#[test]
fn routes_are_checked() {
    let unknown = with("connector = \"erp-us\"", "connector = \"erp-eu\"");
    has_problem(&unknown, "routes.1.connector", "erp-eu");
    let tie = with(
        "site = \"3PL-WEST\"\nconnector",
        "site = \"DC-EAST\"\nconnector",
    );
    has_problem(&tie, "routes.3", "neither is more specific");
    let kind = with("\"ERP_SCRAP\"", "\"ERP_SCRAB\"");
    has_problem(&kind, "routes.1", "ERP_SCRAB");
    let gap = with("\"ERP_SCRAP\", ", "");
    let warned = gap
        .findings
        .iter()
        .any(|f| f.place == "routes" && f.what.contains("ERP_SCRAP"));
    assert!(warned && gap.is_ok(), "{gap}");
}

#[test]
fn policies_are_checked() {
    has_problem(
        &with("policy/us01.toml", "policy/us99.toml"),
        "policy.files",
        "us99.toml",
    );
    let twice = with(
        "\"policy/us01.toml\"",
        "\"policy/us01.toml\", \"policy/us01.toml\"",
    );
    has_problem(&twice, "policy/us01.toml", "also that of");
}

#[test]
fn patience_that_would_make_doubles_is_refused() {
    let report = with("settle_window = \"30m\"", "settle_window = \"10s\"");
    has_problem(
        &report,
        "connectors.wms-3pl.retry.settle_window",
        "deadline",
    );
    let report = with("max_reposts = 1", "probe_misses = 0");
    has_problem(
        &report,
        "connectors.wms-3pl.retry.probe_misses",
        "looking it up",
    );
}

#[test]
fn addresses_are_checked_and_never_repeated() {
    let report = with(
        "{ env = \"BACKHAUL_BROKER_URL\" }",
        "\"ampq://user:geheim@broker\"",
    );
    has_problem(&report, "broker.url", "no kind of broker");
    assert!(!report.to_string().contains("geheim"));
    let report = with(
        "{ env = \"BACKHAUL_STORE_URL\" }",
        "\"mysql://user:geheim@db\"",
    );
    has_problem(&report, "store.url", "no kind of store");
    assert!(!report.to_string().contains("geheim"));
}

#[test]
fn the_environment_overrides_the_file() {
    let text = std::fs::read_to_string(deploy().join("backhaul.toml")).unwrap();
    let environment = Environment::of([
        ("BACKHAUL__ROUTER__DELIVERY_LIMIT", "7"),
        ("BACKHAUL__HTTP__LISTEN", "127.0.0.1:0"),
        (
            "BACKHAUL__POLICY__FILES",
            "policy/us01.toml,policy/de01.toml",
        ),
        (
            "BACKHAUL__CONNECTORS__ERP-US__BASE_URL",
            "https://other.example.com",
        ),
        ("BACKHAUL_CONFIG", "is not an override"),
    ]);
    let reading = config::parse(
        &text,
        "example",
        &deploy(),
        &environment,
        Secrets::MayBeAbsent,
    );
    assert!(reading.report.is_ok(), "{}", reading.report);
    let config = reading.config;
    assert_eq!(config.router.delivery_limit, 7);
    assert_eq!(config.http.listen.port(), 0);
    assert_eq!(config.policy.files.len(), 2);
    let erp = &config.connectors["erp-us"];
    let url = erp.table.get("base_url").and_then(toml::Value::as_str);
    assert_eq!(url, Some("https://other.example.com"));
}

#[test]
fn no_debug_form_shows_a_secret() {
    let text = "[broker]\nurl = \"amqp://u:geheim@b/v\"\n[connectors.x]\ntype = \"erp-rest\"\nauth = { kind = \"api-key\", key = \"geheim\" }";
    let reading = config::parse(
        text,
        "t",
        Path::new("."),
        &Environment::default(),
        Secrets::Needed,
    );
    assert!(!format!("{:?}", reading.config).contains("geheim"));
}

/// Blocks for portals and third-party warehouses of known kinds: every sample becomes what it should.
#[test]
fn the_profiles_pass_with_their_samples() {
    let file = deploy().join("profiles/profiles.toml");
    let secrets = [
        ("SHOPIFY_SECRET", "a-long-random-secret"),
        ("SHOPIFY_TOKEN", "token"),
        ("AFTERSHIP_SECRET", "a-long-random-secret"),
        ("LOOP_SECRET", "a-long-random-secret"),
        ("SHIPBOB_SECRET", "a-long-random-secret"),
        ("SHIPHERO_SECRET", "a-long-random-secret"),
    ];
    let report = check::file(&file, &Environment::of(secrets));
    // Nothing goes out there: routes are not part of a profile.
    let only_routes = report.findings.iter().all(|f| f.place == "routes");
    assert!(report.is_ok() && only_routes, "{report}");
    // A sample that becomes something else is told: the check above can fail.
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace("restock = \"RESTOCK\"", "restock = \"DONATE\"");
    let folder = file.parent().unwrap();
    let environment = Environment::of(secrets);
    let reading = config::parse(&text, "profiles", folder, &environment, Secrets::Needed);
    let report = check::check(&reading.config);
    assert!(
        report
            .findings
            .iter()
            .any(|f| f.place.starts_with("connectors.loop.samples")),
        "{report}"
    );
    let samples = std::fs::read_dir(folder.join("samples")).unwrap().count();
    assert_eq!(samples, 12, "six messages, six results");
}
