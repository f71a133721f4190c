//! Why somebody who came from the provider is not signed in. The word goes into the audit, the sentence onto a page; neither has anything
//! in it that the provider or the browser said.

use http::StatusCode;

use crate::problem::Problem;

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No sign-in is under way in this browser.
    NotBegun,
    /// The provider let them not in: a code of RFC 6749 or OpenID Connect Core.
    Denied(&'static str),
    /// The answer lacks what it needs.
    Answer,
    /// The provider cannot be reached, or not understood.
    Provider(&'static str),
    /// The ID token is not good.
    Token(&'static str),
    /// There is no name in it that could be one here.
    Name,
    /// None of the groups has a role.
    Group,
    /// The name is another account's.
    Taken,
    /// They may not sign in.
    Disabled,
}

impl Refusal {
    /// For the audit and the log.
    pub(crate) fn word(self) -> String {
        match self {
            Self::NotBegun => "not-begun".to_owned(),
            Self::Denied(code) => format!("provider-says {code}"),
            Self::Answer => "answer-incomplete".to_owned(),
            Self::Provider(what) => format!("provider {what}"),
            Self::Token(what) => format!("token {what}"),
            Self::Name => "no-name".to_owned(),
            Self::Group => "no-group".to_owned(),
            Self::Taken => "name-taken".to_owned(),
            Self::Disabled => "disabled".to_owned(),
        }
    }

    /// True if it is the doing of whoever comes, and counts as a sign-in that failed.
    pub(crate) fn is_theirs(self) -> bool {
        match self {
            Self::NotBegun | Self::Denied(_) | Self::Answer | Self::Token(_) => true,
            Self::Name | Self::Group | Self::Taken | Self::Disabled => true,
            Self::Provider(_) => false,
        }
    }

    /// For whoever is refused.
    pub(crate) fn problem(self) -> Problem {
        let (status, code, detail) = match self {
            Self::NotBegun => (
                StatusCode::BAD_REQUEST,
                "sign-in.not-begun",
                "This sign-in was not begun in this browser, was used already, or took longer than ten minutes. Nobody is signed in. \
                 Begin again on the sign-in page."
                    .to_owned(),
            ),
            Self::Denied(code) => (
                StatusCode::FORBIDDEN,
                "sign-in.denied",
                format!(
                    "The identity provider did not let you in ({code}). Begin again; if it says the same, ask whoever runs the provider \
                     whether you may use this application."
                ),
            ),
            Self::Answer => (
                StatusCode::BAD_REQUEST,
                "sign-in.answer",
                "What came back from the identity provider lacks its code, or is another provider's. Begin again on the sign-in page."
                    .to_owned(),
            ),
            Self::Provider(what) => (
                StatusCode::BAD_GATEWAY,
                "sign-in.provider",
                format!(
                    "The identity provider cannot be used now ({what}). Try again in a minute; if it stays so, the log of the sidecar says \
                     more."
                ),
            ),
            Self::Token(what) => (
                StatusCode::FORBIDDEN,
                "sign-in.token",
                format!(
                    "What the identity provider said of you cannot be relied on ({what}). Nobody is signed in. Begin again; if it stays so, \
                     tell whoever runs this console."
                ),
            ),
            Self::Name => (
                StatusCode::FORBIDDEN,
                "sign-in.no-name",
                "The identity provider gives you no name that can be one here: letters, digits and - _ . @ + |, at most 100. Whoever runs \
                 this console may take the name from another claim ([api.oidc] name_claim)."
                    .to_owned(),
            ),
            Self::Group => (
                StatusCode::FORBIDDEN,
                "sign-in.no-group",
                "The identity provider knows you, and none of your groups has a role here. Ask for a group that has, and sign in again."
                    .to_owned(),
            ),
            Self::Taken => (
                StatusCode::FORBIDDEN,
                "sign-in.name-taken",
                "Another account of the identity provider had your name here before. An administrator who knows that it is yours now gives \
                 it to you: backhaul user release."
                    .to_owned(),
            ),
            Self::Disabled => (
                StatusCode::FORBIDDEN,
                "sign-in.disabled",
                "You may not sign in any more. An administrator may let you in again: backhaul user enable.".to_owned(),
            ),
        };
        Problem::new(status, code, detail)
    }
}

/// A code of an error as it is known, so that nothing is repeated that anybody may have written.
pub(super) fn known(code: &str) -> &'static str {
    const KNOWN: &[&str] = &[
        "access_denied",
        "invalid_request",
        "unauthorized_client",
        "unsupported_response_type",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
        "interaction_required",
        "login_required",
        "account_selection_required",
        "consent_required",
        "invalid_client",
        "invalid_grant",
        "unsupported_grant_type",
    ];
    let found = KNOWN.iter().find(|known| **known == code);
    found.copied().unwrap_or("an error without a known code")
}
