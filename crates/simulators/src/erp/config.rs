//! What an ERP is like: ready-made profiles, each part adjustable.

use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::faults::Rule;

/// How a caller proves who it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// Not at all.
    None,
    /// Header `x-api-key`.
    ApiKey(String),
    /// OAuth client credentials; tokens end after `lifetime_ms`.
    ClientCredentials {
        /// Client.
        client_id: String,
        /// Its secret.
        client_secret: String,
        /// Milliseconds a token holds.
        lifetime_ms: u64,
    },
}

/// How the ERP guards itself against the same document twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// Not at all: it happily creates doubles. Only a look-up before creating helps.
    None,
    /// Header `Idempotency-Key`: the answer to the first request is remembered.
    IdempotencyHeader,
    /// `externalDocumentNumber` is unique per collection.
    ExternalId,
    /// The caller chooses `number`, which is unique per collection.
    UniqueNumber,
}

/// An ERP's nature. [`Config::default`] is the profile `draft-and-post`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Who may come in.
    pub auth: Auth,
    /// Milliseconds a CSRF token holds; absent: none is demanded.
    pub csrf_lifetime_ms: Option<u64>,
    /// Whether actions and amendments demand `If-Match`.
    pub etags: bool,
    /// Whether a credit memo is created as a draft and posted by a second call.
    pub two_steps: bool,
    /// Guard against doubles.
    pub guard: Guard,
    /// Milliseconds until queries see a change.
    pub index_lag_ms: u64,
    /// Milliseconds of work before a document is committed.
    pub processing_ms: u64,
    /// More requests in one second get 429.
    pub requests_per_second: Option<u32>,
    /// Posting dates up to this one are in closed periods.
    pub closed_through: Option<Date>,
    /// Whether an invoice must have been registered to be credited.
    pub strict_invoices: bool,
    /// Faults switched on from the start.
    pub faults: Vec<Rule>,
}

impl Default for Config {
    fn default() -> Self {
        Profile::DraftAndPost.config()
    }
}

/// Ready-made natures; the table in the [wire](super) says what each switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Drafts, then posting; ETags; no guard.
    DraftAndPost,
    /// CSRF token, ETags, idempotency header.
    Gateway,
    /// Unique external id, one step.
    RecordService,
    /// Number chosen by the caller.
    Numbered,
    /// No authentication, no guard, two steps.
    Bare,
}

/// No profile has this name.
#[derive(Debug, thiserror::Error)]
#[error("unknown profile {0:?}: draft-and-post, gateway, record-service, numbered or bare")]
pub struct UnknownProfile(String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        match name {
            "draft-and-post" => Ok(Self::DraftAndPost),
            "gateway" => Ok(Self::Gateway),
            "record-service" => Ok(Self::RecordService),
            "numbered" => Ok(Self::Numbered),
            "bare" => Ok(Self::Bare),
            other => Err(UnknownProfile(other.to_owned())),
        }
    }
}

impl Profile {
    /// The configuration of this nature, without faults.
    pub fn config(self) -> Config {
        let bare = Config {
            auth: Auth::None,
            csrf_lifetime_ms: None,
            etags: false,
            two_steps: true,
            guard: Guard::None,
            index_lag_ms: 0,
            processing_ms: 0,
            requests_per_second: None,
            closed_through: None,
            strict_invoices: false,
            faults: Vec::new(),
        };
        let oauth = Auth::ClientCredentials {
            client_id: "backhaul".to_owned(),
            client_secret: "s3cret".to_owned(),
            lifetime_ms: 300_000,
        };
        let api_key = Auth::ApiKey("k3y".to_owned());
        match self {
            Self::Bare => bare,
            Self::DraftAndPost => Config {
                auth: oauth,
                etags: true,
                ..bare
            },
            Self::Gateway => Config {
                auth: api_key,
                csrf_lifetime_ms: Some(300_000),
                etags: true,
                two_steps: false,
                guard: Guard::IdempotencyHeader,
                ..bare
            },
            Self::RecordService => Config {
                auth: oauth,
                two_steps: false,
                guard: Guard::ExternalId,
                ..bare
            },
            Self::Numbered => Config {
                auth: api_key,
                two_steps: false,
                guard: Guard::UniqueNumber,
                ..bare
            },
        }
    }
}
