//! Delivers announcements, cancellations and notifications over HTTP, and looks them up.
//!
//! One request each: no retry, no redirection. What an answer means is decided in [`classify`], what a look-up found in
//! [`found`]; here is only the I/O.

mod classify;
pub(crate) mod client;
mod found;
mod receipts;
mod retry_after;

use std::sync::Arc;

use async_trait::async_trait;
use canonical::{CommandData, EffectKey};
use connector::extract::NO_EXTRACT;
use connector::{
    Confirmation, DuplicateGuard, Extract, ExtractAsk, Extractable, Failure, Found, Governed,
    Outbound, Sink,
};
use jiff::Timestamp;

use self::client::Client;
use crate::codec::WmsCodec;
use crate::config::{Guard, Out};
use crate::failures;

/// The way out of a block.
pub(crate) struct WmsSink {
    client: Client,
    out: Out,
    codec: Arc<Governed<WmsCodec>>,
    instance: String,
}

/// What is sent where.
struct Route<'a> {
    /// Kind of document, for people.
    what: &'static str,
    send: &'a str,
    find: &'a str,
}

impl WmsSink {
    pub(crate) fn new(
        instance: &str,
        client: Client,
        out: Out,
        codec: Arc<Governed<WmsCodec>>,
    ) -> Self {
        Self {
            client,
            out,
            codec,
            instance: instance.to_owned(),
        }
    }

    fn route(&self, data: &CommandData) -> Result<Route<'_>, Failure> {
        let paths = &self.out.paths;
        let (what, send, find) = match data {
            CommandData::AnnounceReturn(_) => ("asn", &paths.announce, &paths.find_announcement),
            CommandData::CancelAnnouncement(_) => ("asn-cancel", &paths.cancel, &paths.find_cancel),
            CommandData::Notify(_) => ("notification", &paths.notify, &paths.find_notification),
            CommandData::CreateReturnOrder(_)
            | CommandData::ChangeReturnOrder(_)
            | CommandData::AnswerRequest(_)
            | CommandData::AdviseCredit(_)
            | CommandData::ReadInvoice(_)
            | CommandData::QuoteTax(_)
            | CommandData::CommitTax(_)
            | CommandData::VoidTax(_)
            | CommandData::MoveStock(_)
            | CommandData::PostCreditMemo(_)
            | CommandData::ReverseCreditMemo(_)
            | CommandData::InvoiceRecovery(_)
            | CommandData::ReverseRecovery(_)
            | CommandData::OrderReplacement(_)
            | CommandData::ReturnToSupplier(_)
            | CommandData::ClaimFromSupplier(_) => {
                return Err(cannot_say("a warehouse has no words for this command"));
            }
        };
        if send.is_empty() {
            return Err(cannot_say(&format!("no path is set for {what}")));
        }
        Ok(Route { what, send, find })
    }
}

fn cannot_say(what: &str) -> Failure {
    Failure::rejected(failures::CANNOT_SAY, what)
}

#[async_trait]
impl Sink for WmsSink {
    async fn send(&self, effect: Outbound<'_>) -> Result<Confirmation, Failure> {
        let route = self.route(&effect.command.data)?;
        let url = client::address(&self.out.base_url, route.send, &values(&effect))?;
        let key = effect.key.as_str();
        let answer = self.client.post(url, key, effect.body.to_vec()).await?;
        let rules = classify::Rules {
            what: route.what,
            key,
            about_one: route.send.contains("{rma}"),
            trust_503: self.out.trust_503,
            exists_codes: &self.out.exists_codes,
        };
        classify::classify(&rules, &answer)
    }

    async fn find(&self, effect: Outbound<'_>) -> Result<Found, Failure> {
        let route = self.route(&effect.command.data)?;
        if route.find.is_empty() {
            return Err(cannot_say(&format!(
                "no path is set to look up {}",
                route.what
            )));
        }
        let url = client::address(&self.out.base_url, route.find, &values(&effect))?;
        let answer = self.client.get(url).await?;
        let documents = found::documents(&answer)?;
        let (codec, _) = self.codec.at(effect.command.issued_at);
        Ok(found::found(route.what, &effect, &codec.partner, documents))
    }

    fn guard(&self) -> DuplicateGuard {
        match self.out.guard {
            Guard::NativeKey => DuplicateGuard::NativeKey,
            Guard::UniqueNumber => DuplicateGuard::UniqueNumber,
            Guard::LookUpOnly => DuplicateGuard::LookUpOnly,
            Guard::None => DuplicateGuard::None,
        }
    }

    fn extracts(&self) -> Vec<Extractable> {
        let lists = !self.out.paths.list_receipts.is_empty();
        lists.then_some(Extractable::Receipts).into_iter().collect()
    }

    async fn extract(&self, ask: &ExtractAsk) -> Result<Extract, Failure> {
        if !self.extracts().contains(&ask.what) {
            let message = format!("no path is set to list {}", ask.what.name());
            return Err(Failure::rejected(NO_EXTRACT, message));
        }
        let (from, to) = (ask.from.to_string(), ask.to.to_string());
        let page = ask.page.as_deref().unwrap_or_default();
        let values = [("from", from.as_str()), ("to", to.as_str()), ("page", page)];
        let path = &self.out.paths.list_receipts;
        let url = client::address(&self.out.base_url, path, &values)?;
        let answer = self.client.get(url).await?;
        let (codec, _) = self.codec.at(Timestamp::now());
        receipts::page(&codec, &self.instance, &answer, path.contains("{page}"))
    }

    async fn probe(&self) -> Result<String, Failure> {
        let paths = &self.out.paths;
        let known = [
            &paths.find_announcement,
            &paths.find_notification,
            &paths.find_cancel,
        ];
        let Some(path) = known.into_iter().find(|path| !path.is_empty()) else {
            return Err(cannot_say(
                "no path is set to look anything up: the partner cannot be probed",
            ));
        };
        // No effect has this key, so that nothing is found: what counts is that the partner answers.
        let nothing = EffectKey::derive(&["probe"]);
        let url = client::address(
            &self.out.base_url,
            path,
            &[("key", nothing.as_str()), ("rma", "probe")],
        )?;
        let answer = self.client.get(url).await?;
        found::documents(&answer)?;
        Ok(format!(
            "{} answers and takes our credentials",
            self.out.base_url
        ))
    }
}

fn values<'a>(effect: &Outbound<'a>) -> [(&'static str, &'a str); 2] {
    [
        ("key", effect.key.as_str()),
        ("rma", effect.command.rma_number.as_str()),
    ]
}
