//! The pages, and what each asks for.

use super::provider;

/// What a page asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// Nothing: anybody may.
    Nothing,
    /// That somebody is signed in.
    Session,
    /// That whoever is signed in may do everything.
    Admin,
    /// What that route of the API asks for.
    As(&'static str, &'static str),
}

/// Methods and paths of the pages, and what each asks for. What is not in here is not served.
pub(super) const PAGES: &[(&str, &str, Asks)] = {
    use Asks::{Admin, As, Nothing, Session};
    &[
        ("GET", "/assets/{name}", Nothing),
        ("GET", "/sign-in", Nothing),
        ("POST", "/sign-in", Nothing),
        ("GET", provider::BEGIN, Nothing),
        ("GET", provider::CALLBACK, Nothing),
        ("POST", "/sign-out", Session),
        ("POST", "/sign-out/everywhere", Session),
        ("GET", "/users", Admin),
        ("POST", "/users/{name}/sign-out", Admin),
        ("POST", "/users/{name}/disable", Admin),
        ("POST", "/users/{name}/enable", Admin),
        ("GET", "/", Session),
        ("GET", "/returns", As("GET", "/v1/returns")),
        ("GET", "/returns/{id}", As("GET", "/v1/returns/{id}")),
        (
            "GET",
            "/returns/{id}/moment/{n}",
            As("GET", "/v1/returns/{id}/timeline"),
        ),
        (
            "GET",
            "/returns/{id}/identification",
            As("POST", "/v1/returns/{id}/identification"),
        ),
        (
            "POST",
            "/returns/{id}/identification",
            As("POST", "/v1/returns/{id}/identification"),
        ),
        (
            "POST",
            "/returns/{id}/hold",
            As("POST", "/v1/returns/{id}/hold"),
        ),
        (
            "POST",
            "/returns/{id}/release",
            As("POST", "/v1/returns/{id}/release"),
        ),
        (
            "POST",
            "/returns/{id}/credit-reversals",
            As("POST", "/v1/returns/{id}/credit-reversals"),
        ),
        ("GET", "/exceptions", As("GET", "/v1/exceptions/groups")),
        ("GET", "/exceptions/all", As("GET", "/v1/exceptions")),
        (
            "GET",
            "/exceptions/replay",
            As("POST", "/v1/exceptions/replay"),
        ),
        ("POST", "/exceptions/replay", As("POST", "/v1/replays")),
        ("GET", "/exceptions/{id}", As("GET", "/v1/exceptions/{id}")),
        (
            "POST",
            "/exceptions/{id}/replay",
            As("POST", "/v1/exceptions/{id}/replay"),
        ),
        (
            "POST",
            "/exceptions/{id}/discard",
            As("POST", "/v1/exceptions/{id}/discard"),
        ),
        (
            "POST",
            "/exceptions/{id}/confirm",
            As("POST", "/v1/exceptions/{id}/confirm"),
        ),
        (
            "GET",
            "/exceptions/{id}/edit",
            As("POST", "/v1/exceptions/{id}/edit"),
        ),
        (
            "POST",
            "/exceptions/{id}/edit",
            As("POST", "/v1/exceptions/{id}/edit"),
        ),
        ("GET", "/replays", As("GET", "/v1/replays")),
        ("GET", "/replays/{id}", As("GET", "/v1/replays/{id}")),
        (
            "POST",
            "/replays/{id}",
            As("POST", "/v1/replays/{id}/cancel"),
        ),
        ("GET", "/proofs", As("GET", "/v1/proofs")),
        ("GET", "/proofs/{id}", As("GET", "/v1/proofs/{id}")),
        (
            "POST",
            "/proofs/{id}",
            As("POST", "/v1/proofs/{id}/sign-off"),
        ),
        ("GET", "/audit", As("GET", "/v1/audit")),
        ("POST", "/audit/verify", As("POST", "/v1/audit/verify")),
        ("GET", "/bench", As("POST", "/v1/messages/try")),
        ("POST", "/bench", As("POST", "/v1/messages/try")),
        ("GET", "/numbers", As("GET", "/v1/metrics")),
        ("GET", "/numbers/course", As("GET", "/v1/metrics/course")),
        ("GET", "/approvals", As("GET", "/v1/approvals")),
        ("GET", "/approvals/{id}", As("GET", "/v1/approvals/{id}")),
        (
            "POST",
            "/approvals/{id}",
            As("POST", "/v1/approvals/{id}/approve"),
        ),
        ("GET", "/live/overview", Session),
        ("GET", "/live/returns", As("GET", "/v1/returns")),
        ("GET", "/live/returns/{id}", As("GET", "/v1/returns/{id}")),
        ("GET", "/live/exceptions", As("GET", "/v1/exceptions")),
        ("GET", "/live/approvals", As("GET", "/v1/approvals")),
        ("GET", "/live/replays", As("GET", "/v1/replays")),
        ("GET", "/live/replays/{id}", As("GET", "/v1/replays/{id}")),
    ]
};
