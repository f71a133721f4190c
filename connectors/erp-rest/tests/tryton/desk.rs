//! A running ERP, a connector that posts to it, and commands for it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::time::Duration;

use canonical::{Command, CommandData, EffectKey};
use connector::{Built, Confirmation, Failure, Found, Outbound, Settings};
use testkit::conformance::SilentPorts;

use crate::books::{Books, CUSTOMER, ITEM, today};
use crate::server::Server;

/// Longest wait of the connector for an answer: above what the ERP takes to post on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(12);

/// A running ERP, its books, and a connector that posts to it.
pub(crate) struct Desk {
    pub(crate) server: Server,
    pub(crate) books: Books,
    pub(crate) way: Way,
}

/// A connector.
pub(crate) struct Way {
    built: Built,
}

impl Desk {
    pub(crate) async fn open() -> Option<Self> {
        let server = Server::start().await?;
        let books = Books::open(&server.url(), &server.key).await;
        let way = Way::to(&server.url(), &server.key);
        Some(Self { server, books, way })
    }
}

impl Way {
    /// Posts to the ERP there.
    pub(crate) fn to(url: &str, key: &str) -> Self {
        let text = format!(
            "base_url = \"{url}\"\nprofile = \"tryton\"\ntimeout = \"{}s\"\nconnect_timeout = \"2s\"\n\
             vars = {{ company = \"1\", receivable_account = \"1.2.1\", returns_account = \"4.1.1\", \
             tax_account = \"6.3.6\", location_RETURNS_HOLD = \"HOLD\" }}\n\
             auth = {{ kind = \"api-key\", header = \"authorization\", key = \"Bearer {key}\" }}",
            PATIENCE.as_secs()
        );
        let settings = Settings {
            instance: "erp".to_owned(),
            table: toml::from_str(&text).unwrap(),
            base_dir: env!("CARGO_MANIFEST_DIR").into(),
            published: connector::Published::default(),
        };
        assert_eq!((erp_rest::CONNECTOR.check)(&settings), []);
        let built = (erp_rest::CONNECTOR.build)(&settings, &SilentPorts).unwrap();
        Self { built }
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
}

/// The golden command under a key of its own, of today, at the warehouse that the ERP has.
pub(crate) fn command(name: &str, key: &str) -> Command {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/{name}.command.json"));
    let mut command: Command =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    command.effect_key = EffectKey::derive(&[name, key]);
    CUSTOMER.clone_into(&mut command.customer_account);
    match &mut command.data {
        CommandData::PostCreditMemo(memo) => {
            CUSTOMER.clone_into(&mut memo.bill_to);
            memo.document_date = today();
            for line in &mut memo.lines {
                ITEM.clone_into(&mut line.sku);
            }
        }
        CommandData::MoveStock(movement) => {
            ITEM.clone_into(&mut movement.sku);
            "WH".clone_into(&mut movement.site);
            movement.moved_at = jiff::Timestamp::now();
        }
        other => panic!("{other:?}"),
    }
    command
}

fn outbound<'a>(command: &'a Command, body: &'a [u8]) -> Outbound<'a> {
    Outbound {
        key: &command.effect_key,
        command,
        body,
    }
}
