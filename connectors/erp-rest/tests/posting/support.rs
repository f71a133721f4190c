//! An ERP, a connector that posts to it, and commands.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

use std::path::{Path, PathBuf};

use canonical::{Command, EffectKey};
use connector::{Built, Confirmation, Failure, Found, Outbound, Settings};
use simulators::erp::{Auth, Config, ErpSim, Profile};
use testkit::conformance::SilentPorts;

/// An ERP and a connector that posts to it.
pub(crate) struct Desk {
    pub(crate) erp: ErpSim,
    pub(crate) built: Built,
}

/// Name of the golden command.
pub(crate) fn command(name: &str) -> Command {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/{name}.command.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The same command under another key: another effect.
pub(crate) fn another(name: &str, key: &str) -> Command {
    let mut command = command(name);
    command.effect_key = EffectKey::derive(&[key]);
    command
}

/// The block that fits an ERP of this nature, with more lines in front of `[auth]`.
pub(crate) fn block(url: &str, config: &Config, more: &str) -> Settings {
    let auth = match &config.auth {
        Auth::None => "kind = \"none\"".to_owned(),
        Auth::ApiKey(key) => format!("kind = \"api-key\"\nkey = \"{key}\""),
        Auth::ClientCredentials {
            client_id,
            client_secret,
            ..
        } => format!(
            "kind = \"client-credentials\"\ntoken_url = \"/oauth/token\"\nclient_id = \"{client_id}\"\n\
             client_secret = \"{client_secret}\""
        ),
    };
    let text = format!(
        "base_url = \"{url}\"\nprofile = \"sim\"\ntimeout = \"2s\"\nconnect_timeout = \"1s\"\n\
         {more}\n[auth]\n{auth}\n"
    );
    settings(&text)
}

pub(crate) fn settings(text: &str) -> Settings {
    Settings {
        instance: "erp".to_owned(),
        table: toml::from_str(text).unwrap(),
        base_dir: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
        published: connector::Published::default(),
    }
}

pub(crate) fn built(settings: &Settings) -> Built {
    assert_eq!((erp_rest::CONNECTOR.check)(settings), []);
    (erp_rest::CONNECTOR.build)(settings, &SilentPorts).unwrap()
}

impl Desk {
    pub(crate) async fn of(profile: Profile) -> Self {
        Self::with(profile.config(), "").await
    }

    pub(crate) async fn with(config: Config, more: &str) -> Self {
        let erp = ErpSim::start(config.clone()).await.unwrap();
        let built = built(&block(&erp.url(), &config, more));
        Self { erp, built }
    }

    pub(crate) async fn send(&self, command: &Command) -> Result<Confirmation, Failure> {
        let body = self.built.codec.encode(command)?;
        self.sink().send(outbound(command, &body)).await
    }

    pub(crate) async fn find(&self, command: &Command) -> Result<Found, Failure> {
        let body = self.built.codec.encode(command)?;
        self.sink().find(outbound(command, &body)).await
    }

    pub(crate) fn sink(&self) -> &dyn connector::Sink {
        self.built.sink.as_deref().unwrap()
    }

    /// Live and posted documents under the command's key.
    pub(crate) fn documents(&self, command: &Command) -> (usize, usize) {
        let key = command.effect_key.as_str();
        let ledger = self.erp.ledger();
        let of_key = ledger
            .keys
            .iter()
            .filter(|count| count.external_document_number == key);
        of_key.fold((0, 0), |sum, count| {
            (sum.0 + count.live, sum.1 + count.posted)
        })
    }
}

fn outbound<'a>(command: &'a Command, body: &'a [u8]) -> Outbound<'a> {
    Outbound {
        key: &command.effect_key,
        command,
        body,
    }
}
