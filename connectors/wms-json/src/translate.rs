//! The shape's events → canonical events. Never sees bytes.

mod facts;
mod request;

use std::collections::BTreeMap;

use canonical::crosswalk::Direction;
use canonical::receipt::FactSource;
use canonical::{Event, EventData, MessageKey, Qty, ReturnName, Semantics};
use connector::{Failure, InForce};
use jiff::Timestamp;

use crate::codes::Codes;
use crate::config::{Meaning, Options};
use crate::failures;
use crate::wire;

/// What a block says about its partner.
#[derive(Debug)]
pub(crate) struct Partner {
    pub(crate) system: String,
    pub(crate) entity: Option<String>,
    pub(crate) rma_namespace: Option<String>,
    pub(crate) site: Option<String>,
    pub(crate) sites: BTreeMap<String, String>,
    sites_out: BTreeMap<String, String>,
    pub(crate) semantics: Semantics,
    pub(crate) codes: Codes,
}

impl Partner {
    /// From the options; what is wrong in the code tables is added to `wrong`.
    pub(crate) fn new(
        options: &Options,
        published: &InForce,
        wrong: &mut Vec<(String, String)>,
    ) -> Self {
        let mut sites = options.sites.clone();
        let more = published.inward("site");
        sites.extend(more.map(|(theirs, ours)| (theirs.clone(), ours.clone())));
        Self {
            system: options.system.clone(),
            entity: options.entity.clone(),
            rma_namespace: options.rma_namespace.clone(),
            site: options.site.clone(),
            sites,
            sites_out: published
                .outward("site")
                .map(|(ours, theirs)| (ours.clone(), theirs.clone()))
                .collect(),
            semantics: match options.semantics {
                Meaning::Delta => Semantics::Delta,
                Meaning::Snapshot => Semantics::Snapshot,
                Meaning::Notify => Semantics::Notify,
            },
            codes: Codes::new(&options.codes, published, wrong),
        }
    }

    /// Our site for the partner's code.
    fn our_site(&self, theirs: Option<&str>, at: &str) -> Result<String, Failure> {
        let unknown = |what: String| Failure::rejected(failures::UNKNOWN_SITE, what).at(at);
        match (theirs, &self.site) {
            (Some(code), _) if self.sites.contains_key(code) => {
                Ok(self.sites.get(code).cloned().unwrap_or_default())
            }
            (Some(code), Some(site)) if code == site && self.sites.is_empty() => Ok(site.clone()),
            (Some(code), _) => Err(unknown(format!(
                "warehouse {code:?} is none of ours: add it under sites"
            ))
            .lacking("site", Direction::In, code)),
            (None, Some(site)) => Ok(site.clone()),
            (None, None) => Err(unknown(
                "the message names no warehouse and the block has no site".to_owned(),
            )),
        }
    }

    /// The partner's code for our site.
    pub(crate) fn their_site<'a>(&'a self, ours: &'a str) -> &'a str {
        if let Some(theirs) = self.sites_out.get(ours) {
            return theirs;
        }
        let found = self.sites.iter().find(|(_, site)| *site == ours);
        found.map_or(ours, |(theirs, _)| theirs.as_str())
    }
}

/// Translates an event that the connector instance `connector` took in.
pub(crate) fn translate(
    partner: &Partner,
    connector: &str,
    event: &wire::Event,
) -> Result<Event, Failure> {
    let told = Told {
        partner,
        connector,
        event,
    };
    let translated = match &event.fact {
        wire::Fact::Requested(request) => request::requested(&told, request)?,
        wire::Fact::Cancelled(fact) => facts::cancelled(&told, fact)?,
        wire::Fact::InTransit(fact) => facts::in_transit(&told, fact)?,
        wire::Fact::Received(fact) => facts::received(&told, fact)?,
        wire::Fact::Reversed(fact) => facts::reversed(&told, fact)?,
        wire::Fact::Inspected(fact) => facts::inspected(&told, fact)?,
        wire::Fact::Disposed(fact) => facts::disposed(&told, fact)?,
        wire::Fact::Supplier(fact) => facts::supplier_answered(&told, fact)?,
        wire::Fact::Snapshot(fact) => facts::snapshot(&told, fact)?,
    };
    Ok(Event {
        key: MessageKey::derive(
            &translated
                .key
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>(),
        ),
        subject: translated.subject,
        occurred_at: translated.occurred_at,
        data: translated.data,
    })
}

/// A translated event, its key still in parts.
struct Translated {
    key: Vec<String>,
    subject: ReturnName,
    occurred_at: Timestamp,
    data: EventData,
}

/// An event in its surroundings.
struct Told<'a> {
    partner: &'a Partner,
    connector: &'a str,
    event: &'a wire::Event,
}

impl Told<'_> {
    fn place(&self, member: &str) -> String {
        format!("{}/{member}", self.event.at)
    }

    fn site(&self) -> Result<String, Failure> {
        let theirs = self.event.warehouse.as_deref();
        self.partner.our_site(theirs, &self.place("warehouse"))
    }

    /// The return: by RMA, else by tracking number, else by the document that speaks of it.
    fn subject(&self, document: &str) -> Result<ReturnName, Failure> {
        let system = &self.partner.system;
        let external = |kind: &str, value: &str| ReturnName::External {
            system: format!("{system}.{kind}"),
            value: value.to_owned(),
        };
        if let Some(number) = &self.event.rma {
            return self.rma(number);
        }
        Ok(match &self.event.tracking_no {
            Some(tracking_no) => external("tracking", tracking_no),
            None => external("document", document),
        })
    }

    fn rma(&self, number: &str) -> Result<ReturnName, Failure> {
        let entity = self
            .event
            .legal_entity
            .as_ref()
            .or(self.partner.entity.as_ref());
        let number = number.to_owned();
        match (entity, &self.partner.rma_namespace) {
            (Some(entity), _) if entity.contains('/') => {
                let what = format!("legal entity {entity:?} contains a slash");
                Err(Failure::malformed(failures::BAD_VALUE, what).at(self.place("legalEntity")))
            }
            (Some(entity), _) => Ok(ReturnName::Rma {
                entity: entity.clone(),
                number,
            }),
            (None, Some(namespace)) => Ok(ReturnName::External {
                system: namespace.clone(),
                value: number,
            }),
            (None, None) => {
                let what = "the message names no legal entity, and the block has neither entity nor rma_namespace";
                Err(Failure::rejected(failures::MISCONFIGURED, what).at(self.place("rma")))
            }
        }
    }

    fn source(&self, document: Option<&str>) -> FactSource {
        FactSource {
            adapter: self.connector.to_owned(),
            message_id: self.event.id.clone(),
            doc_no: document.map(str::to_owned),
            doc_line: None,
            seq: self.event.sequence,
            semantics: self.partner.semantics,
        }
    }

    /// The id that the sender gave, else that of the event, else one made from the content.
    fn id(&self, given: Option<&String>) -> String {
        given
            .or(self.event.id.as_ref())
            .cloned()
            .unwrap_or_else(|| {
                let content = self.event.content.as_str();
                format!("c-{}", canonical::key::short_hash(&[content], 26))
            })
    }
}

/// A quantity; above zero.
fn some(at: &str, member: &str, text: &str) -> Result<Qty, Failure> {
    let qty = none_or_some(at, member, text)?;
    if !qty.is_positive() {
        return Err(bad(
            at,
            member,
            format!("quantity {text} is not above zero"),
        ));
    }
    Ok(qty)
}

/// A quantity; zero or above.
fn none_or_some(at: &str, member: &str, text: &str) -> Result<Qty, Failure> {
    let qty: Qty = text.parse().map_err(|_| {
        bad(
            at,
            member,
            format!("{text:?} is no quantity: expected a decimal of at most six places"),
        )
    })?;
    if qty < Qty::ZERO {
        return Err(bad(at, member, format!("quantity {text} is negative")));
    }
    Ok(qty)
}

fn bad(at: &str, member: &str, what: String) -> Failure {
    Failure::malformed(failures::BAD_VALUE, what).at(format!("{at}/{member}"))
}
