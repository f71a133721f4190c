//! An ERP, a connector that posts to it, and commands.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

use std::path::{Path, PathBuf};

use canonical::{Command, EffectKey, EffectKind};
use connector::{Built, Confirmation, Failure, Found, Outbound, Settings, Sink};
use simulators::erp_soap::{Config, Kind, SoapSim};
use testkit::conformance::SilentPorts;

/// An ERP and a connector that posts to it.
pub(crate) struct Desk {
    pub(crate) erp: SoapSim,
    pub(crate) clerk: Clerk,
}

/// A connector alone.
pub(crate) struct Clerk(pub(crate) Built);

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

pub(crate) fn settings(text: &str) -> Settings {
    Settings {
        instance: "erp".to_owned(),
        table: toml::from_str(text).unwrap(),
        base_dir: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
        published: connector::Published::default(),
    }
}

/// The block of an ERP at that address, with more lines.
pub(crate) fn block(url: &str, more: &str) -> Settings {
    settings(&format!(
        "url = \"{url}\"\nprofile = \"sim\"\ntimeout = \"2s\"\nconnect_timeout = \"1s\"\n{more}"
    ))
}

impl Clerk {
    pub(crate) fn new(settings: &Settings) -> Self {
        assert_eq!((erp_soap::CONNECTOR.check)(settings), []);
        Self((erp_soap::CONNECTOR.build)(settings, &SilentPorts).unwrap())
    }

    pub(crate) async fn send(&self, command: &Command) -> Result<Confirmation, Failure> {
        let body = self.0.codec.encode(command)?;
        self.sink().send(outbound(command, &body)).await
    }

    pub(crate) async fn find(&self, command: &Command) -> Result<Found, Failure> {
        let body = self.0.codec.encode(command)?;
        self.sink().find(outbound(command, &body)).await
    }

    pub(crate) fn sink(&self) -> &dyn Sink {
        self.0.sink.as_deref().unwrap()
    }
}

impl Desk {
    pub(crate) async fn new() -> Self {
        Self::with(Config::default(), "").await
    }

    pub(crate) async fn with(config: Config, more: &str) -> Self {
        let erp = SoapSim::start(config).await.unwrap();
        let clerk = Clerk::new(&block(&erp.endpoint(), more));
        Self { erp, clerk }
    }

    pub(crate) async fn send(&self, command: &Command) -> Result<Confirmation, Failure> {
        self.clerk.send(command).await
    }

    pub(crate) async fn find(&self, command: &Command) -> Result<Found, Failure> {
        self.clerk.find(command).await
    }

    /// Documents under the command's key.
    pub(crate) fn documents(&self, command: &Command) -> usize {
        let ledger = self.erp.ledger();
        ledger
            .with_key(kind(command), command.effect_key.as_str())
            .len()
    }
}

fn kind(command: &Command) -> Kind {
    match command.kind {
        EffectKind::ErpReturnOrder => Kind::ReturnOrder,
        EffectKind::ErpCreditMemo => Kind::CreditMemo,
        EffectKind::ErpCreditReversal => Kind::Reversal,
        _ => Kind::StockMovement,
    }
}

fn outbound<'a>(command: &'a Command, body: &'a [u8]) -> Outbound<'a> {
    Outbound {
        key: &command.effect_key,
        command,
        body,
    }
}
