//! Rows → canonical events. Never sees bytes.

mod assumed;
mod facts;

use std::collections::BTreeMap;

use canonical::crosswalk::Direction;
use canonical::receipt::FactSource;
use canonical::{Event, Qty, ReturnName, Semantics};
use connector::{Failure, InForce};
use jiff::Timestamp;

use crate::codes::Codes;
use crate::config::{Options, Tables};
use crate::failures;
use crate::layout::{Field, Kind};
use crate::wire::Row;

/// What a block says about its warehouse.
#[derive(Debug)]
pub(crate) struct Partner {
    system: String,
    entity: Option<String>,
    rma_namespace: String,
    site: Option<String>,
    sites: BTreeMap<String, String>,
    sites_out: BTreeMap<String, String>,
    key: Vec<Field>,
    pub(crate) codes: Codes,
}

impl Partner {
    /// From the options of that block; what is wrong in the code tables is added to `wrong`.
    pub(crate) fn new(
        options: &Options,
        instance: &str,
        key: Vec<Field>,
        tables: &Tables,
        published: &InForce,
        wrong: &mut Vec<(String, String)>,
    ) -> Self {
        let mut sites = options.sites.clone();
        let more = published.inward("site");
        sites.extend(more.map(|(theirs, ours)| (theirs.clone(), ours.clone())));
        Self {
            system: options
                .system
                .clone()
                .unwrap_or_else(|| instance.to_owned()),
            entity: options.entity.clone(),
            rma_namespace: options.rma_namespace.clone(),
            site: options.site.clone(),
            sites,
            sites_out: published
                .outward("site")
                .map(|(ours, theirs)| (ours.clone(), theirs.clone()))
                .collect(),
            key,
            codes: Codes::new(tables, published, wrong),
        }
    }

    /// Our site for the warehouse's code.
    fn our_site(&self, theirs: Option<&str>, at: &str) -> Result<String, Failure> {
        let unknown = |what: String| Failure::rejected(failures::UNKNOWN_SITE, what).at(at);
        match (theirs, &self.site) {
            (Some(code), _) if self.sites.contains_key(code) => {
                Ok(self.sites.get(code).cloned().unwrap_or_default())
            }
            (Some(code), Some(site)) if code == site && self.sites.is_empty() => Ok(site.clone()),
            (Some(code), None) if self.sites.is_empty() => Ok(code.to_owned()),
            (Some(code), _) => Err(unknown(format!(
                "warehouse {code:?} is none of ours: add it under sites"
            ))
            .lacking("site", Direction::In, code)),
            (None, Some(site)) => Ok(site.clone()),
            (None, None) => Err(unknown(
                "the row names no warehouse and the block has no site".to_owned(),
            )),
        }
    }

    /// The warehouse's code for our site.
    pub(crate) fn their_site<'a>(&'a self, ours: &'a str) -> &'a str {
        if let Some(theirs) = self.sites_out.get(ours) {
            return theirs;
        }
        let found = self.sites.iter().find(|(_, site)| *site == ours);
        found.map_or(ours, |(theirs, _)| theirs.as_str())
    }
}

/// The id of a row: what makes it recognisable, in whichever file it stands.
pub(crate) fn id(partner: &Partner, row: &Row) -> String {
    let parts: Vec<&str> = partner
        .key
        .iter()
        .map(|field| row.text(*field).unwrap_or_default())
        .collect();
    let is_keyed = parts.first().is_some_and(|first| !first.is_empty());
    if is_keyed {
        // A layout without lines has one row for each import key.
        parts.join("/").trim_end_matches('/').to_owned()
    } else {
        format!("c-{}", canonical::key::short_hash(&[&row.content()], 26))
    }
}

/// The events of a row, in the order in which they happened.
pub(crate) fn translate(
    partner: &Partner,
    connector: &str,
    row: &Row,
) -> Result<Vec<Event>, Failure> {
    let told = Told {
        partner,
        connector,
        row,
        id: id(partner, row),
        site: partner.our_site(row.text(Field::Site), &row.at(Field::Site))?,
    };
    match row.kind {
        Kind::Receipt => facts::receipt(&told),
        Kind::Inspection => facts::inspection(&told),
        Kind::Disposition => facts::disposition(&told),
        Kind::Reversal => facts::reversal(&told),
    }
}

/// A row in its surroundings.
struct Told<'a> {
    partner: &'a Partner,
    connector: &'a str,
    row: &'a Row,
    id: String,
    site: String,
}

impl Told<'_> {
    fn own(&self, field: Field) -> Option<String> {
        self.row.text(field).map(str::to_owned)
    }

    fn needed(&self, field: Field) -> Result<String, Failure> {
        self.own(field).ok_or_else(|| {
            let what = format!("{} is missing", field.name());
            Failure::malformed(failures::MISSING_VALUE, what).at(self.row.at(field))
        })
    }

    fn happened_at(&self) -> Result<Timestamp, Failure> {
        self.row.happened_at.ok_or_else(|| {
            let what = "the row does not say when it happened";
            Failure::malformed(failures::MISSING_VALUE, what).at(self.row.at(Field::ReceivedAt))
        })
    }

    /// The return: by RMA, else by tracking number, else by the row that speaks of it.
    fn subject(&self) -> ReturnName {
        let external = |kind: &str, value: String| ReturnName::External {
            system: format!("{}.{kind}", self.partner.system),
            value,
        };
        match (self.own(Field::Rma), self.own(Field::TrackingNo)) {
            (Some(number), _) => match &self.partner.entity {
                Some(entity) => ReturnName::Rma {
                    entity: entity.clone(),
                    number,
                },
                None => ReturnName::External {
                    system: self.partner.rma_namespace.clone(),
                    value: number,
                },
            },
            (None, Some(tracking_no)) => external("tracking", tracking_no),
            (None, None) => external("document", self.id.clone()),
        }
    }

    fn source(&self) -> FactSource {
        FactSource {
            adapter: self.connector.to_owned(),
            message_id: None,
            doc_no: self.own(Field::ImportKey).or_else(|| Some(self.id.clone())),
            doc_line: self.own(Field::Row).or_else(|| self.own(Field::Line)),
            seq: None,
            semantics: Semantics::Delta,
        }
    }

    fn line_no(&self) -> Result<Option<u32>, Failure> {
        let line = self.row.text(Field::Line).map(str::parse);
        line.transpose().map_err(|_| {
            let what = "the number of the line is too large";
            Failure::malformed(failures::BAD_VALUE, what).at(self.row.at(Field::Line))
        })
    }

    /// The quantity; above zero.
    fn qty(&self) -> Result<Qty, Failure> {
        let qty = self.number(Field::Qty)?.ok_or_else(|| {
            let what = "qty is missing";
            Failure::malformed(failures::MISSING_VALUE, what).at(self.row.at(Field::Qty))
        })?;
        if qty.is_positive() {
            return Ok(qty);
        }
        let what = format!("quantity {qty} is not above zero");
        Err(Failure::malformed(failures::BAD_VALUE, what).at(self.row.at(Field::Qty)))
    }

    fn number(&self, field: Field) -> Result<Option<Qty>, Failure> {
        let Some(text) = self.row.text(field) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            let what = format!("{text} is no quantity of at most six decimals");
            Failure::malformed(failures::BAD_VALUE, what).at(self.row.at(field))
        })
    }

    fn sku(&self) -> Result<String, Failure> {
        let code = self.needed(Field::Sku)?;
        let list = &self.partner.codes.sku;
        list.meaning(&code, &self.row.at(Field::Sku))
    }

    fn uom(&self) -> Result<String, Failure> {
        let code = self.row.text(Field::Uom).unwrap_or("EA");
        self.partner
            .codes
            .uom
            .meaning(code, &self.row.at(Field::Uom))
    }
}
