//! The configuration: one TOML file, overridden by `BACKHAUL__BLOCK__KEY` variables of the environment.
//!
//! Values may be given as `{ env = "NAME" }` or `{ file = "path" }` wherever a text is expected: that is how secrets stay out
//! of the file. Every block can be read (`Deserialize`), none can be written: nothing prints a configuration.

mod api;
mod block;
mod blocks;
mod instance;
mod oidc;
mod read;
mod replays;
mod secret;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use router::Route;

pub use api::{ApiBlock, ApiToken, ApiWebhook};
pub use blocks::{
    AdminBlock, ApproversBlock, BrokerBlock, HttpBlock, LogFormat, PolicyBlock, ReconcileBlock,
    RouterBlock, StoreBlock, TelemetryBlock,
};
pub use instance::InstanceBlock;
pub use oidc::OidcBlock;
pub use read::{Environment, load, parse};
pub use replays::ReplaysBlock;
pub use secret::Secrets;

use crate::report::Report;

/// The whole configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Folder that relative paths start from: that of the file.
    pub base_dir: PathBuf,
    /// `[broker]`
    pub broker: BrokerBlock,
    /// `[store]`
    pub store: StoreBlock,
    /// `[http]`
    pub http: HttpBlock,
    /// `[admin]`
    pub admin: AdminBlock,
    /// `[api]`
    pub api: ApiBlock,
    /// `[policy]`
    pub policy: PolicyBlock,
    /// `[approvers]`
    pub approvers: ApproversBlock,
    /// `[telemetry]`
    pub telemetry: TelemetryBlock,
    /// `[router]`
    pub router: RouterBlock,
    /// `[reconcile]`
    pub reconcile: ReconcileBlock,
    /// `[replays]`
    pub replays: ReplaysBlock,
    /// `[[routes]]`
    pub routes: Vec<Route>,
    /// `[connectors.NAME]`
    pub connectors: BTreeMap<String, InstanceBlock>,
    /// Parts to run: connector instances, "router" and "api"; empty for all. Not from the file.
    pub only: Vec<String>,
    /// Places whose `{ env = … }` or `{ file = … }` could not be resolved. Not from the file.
    pub unset: Vec<String>,
}

/// The name under which `only` knows the router.
pub const ROUTER: &str = "router";
/// The name under which `only` knows the API.
pub const API: &str = "api";

impl Config {
    /// True if that part is to run in this process.
    pub fn runs(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == part)
    }

    /// A path of the configuration, made absolute.
    pub fn path(&self, relative: &Path) -> PathBuf {
        self.base_dir.join(relative)
    }

    /// True if the value at that place was to come from a variable or file that is not there.
    pub fn is_unset(&self, place: &str) -> bool {
        self.unset.iter().any(|unset| unset == place)
    }

    /// True if some value in that block was.
    pub fn has_unset(&self, block: &str) -> bool {
        let within = |place: &str| {
            place
                .strip_prefix(block)
                .is_some_and(|r| r.starts_with('.'))
        };
        self.unset.iter().any(|place| within(place))
    }
}

/// A configuration as read, and what was wrong with it. What could not be read has its default.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The configuration.
    pub config: Config,
    /// What was wrong.
    pub report: Report,
}

/// JSON Schemas of the blocks, by name, for the reference.
pub(crate) fn schemas() -> Vec<(&'static str, serde_json::Value)> {
    use schemars::schema_for;
    let schemas = [
        ("broker", schema_for!(BrokerBlock)),
        ("store", schema_for!(StoreBlock)),
        ("http", schema_for!(HttpBlock)),
        ("admin", schema_for!(AdminBlock)),
        ("api", schema_for!(ApiBlock)),
        ("policy", schema_for!(PolicyBlock)),
        ("approvers", schema_for!(ApproversBlock)),
        ("telemetry", schema_for!(TelemetryBlock)),
        ("router", schema_for!(RouterBlock)),
        ("reconcile", schema_for!(ReconcileBlock)),
        ("replays", schema_for!(ReplaysBlock)),
        ("connectors.NAME", schema_for!(instance::OwnKeys)),
    ];
    schemas
        .map(|(name, schema)| (name, schema.to_value()))
        .into()
}
