//! A partner: what a block and its profile say, ready for use.

use std::collections::BTreeMap;

use canonical::crosswalk::Direction;
use canonical::{Currency, Reason};
use connector::{Failure, InForce};
use jiff::tz::TimeZone;

use crate::config::{Identity, Options};
use crate::failures;
use crate::profile::{Codes, Profile};

/// What a block says about its partner.
#[derive(Debug)]
pub(crate) struct Partner {
    /// How it speaks.
    pub(crate) profile: Profile,
    /// Its codes and ours.
    pub(crate) codes: Codes,
    /// Who we are.
    pub(crate) ours: Option<Identity>,
    /// Who it is.
    pub(crate) theirs: Option<Identity>,
    /// True while testing.
    pub(crate) test: bool,
    /// Its name in the ids of its requests.
    pub(crate) system: String,
    /// Legal entity.
    pub(crate) legal_entity: String,
    /// Namespace of RMA numbers, instead of the legal entity.
    pub(crate) rma_namespace: Option<String>,
    /// Sales channel.
    pub(crate) channel: String,
    /// Currency of requests that name none.
    pub(crate) currency: Currency,
    /// Zone of dates that name none.
    pub(crate) zone: TimeZone,
    /// Its name.
    pub(crate) tz: String,
    /// Reason of lines that give none.
    pub(crate) reason: Option<Reason>,
    /// Largest interchange.
    pub(crate) max_bytes: usize,
    entities: BTreeMap<String, String>,
    site: Option<String>,
    sites: BTreeMap<String, String>,
    sites_out: BTreeMap<String, String>,
    account: Option<String>,
    accounts: BTreeMap<String, String>,
}

impl Partner {
    /// From options and profile; what is wrong in the code tables is added to `wrong`.
    pub(crate) fn new(
        options: &Options,
        mut profile: Profile,
        instance: &str,
        published: &InForce,
        wrong: &mut Vec<(String, String)>,
    ) -> Self {
        let system = options.system.clone();
        profile.codes.lay_over(published, wrong);
        let mut sites = options.sites.clone();
        let more = published.inward("site");
        sites.extend(more.map(|(theirs, ours)| (theirs.clone(), ours.clone())));
        Self {
            codes: Codes::new(&profile.codes, published, wrong),
            reason: profile
                .request
                .reason
                .as_ref()
                .and_then(|word| word.parse().ok()),
            profile,
            ours: options.ours.clone(),
            theirs: options.theirs.clone(),
            test: options.test,
            system: system.unwrap_or_else(|| instance.to_owned()),
            legal_entity: options.legal_entity.clone(),
            rma_namespace: options.rma_namespace.clone(),
            entities: options.entities.clone(),
            channel: options.channel.clone(),
            currency: options.currency,
            zone: TimeZone::get(&options.time_zone).unwrap_or(TimeZone::UTC),
            tz: options.time_zone.clone(),
            max_bytes: usize::try_from(options.max_bytes).unwrap_or(usize::MAX),
            site: options.site.clone(),
            sites,
            sites_out: published
                .outward("site")
                .map(|(ours, theirs)| (ours.clone(), theirs.clone()))
                .collect(),
            account: options.account.clone(),
            accounts: options.accounts.clone(),
        }
    }

    /// Our site for the partner's code.
    pub(crate) fn our_site(&self, theirs: Option<&str>, at: &str) -> Result<String, Failure> {
        let unknown = |what: String| Failure::rejected(failures::UNKNOWN_SITE, what).at(at);
        match (theirs, &self.site) {
            (Some(code), _) if self.sites.is_empty() => Ok(code.to_owned()),
            (Some(code), _) => self.sites.get(code).cloned().ok_or_else(|| {
                unknown(format!("site {code:?} is none of ours: add it under sites")).lacking(
                    "site",
                    Direction::In,
                    code,
                )
            }),
            (None, Some(site)) => Ok(site.clone()),
            (None, None) if self.ours.is_none() => Ok("MAIN".to_owned()),
            (None, None) => Err(unknown(
                "the set names no site, and the block has no `site`".to_owned(),
            )),
        }
    }

    /// Our legal entity for the partner's id of us.
    pub(crate) fn our_entity(&self, theirs: Option<&str>, at: &str) -> Result<String, Failure> {
        match theirs {
            Some(id) if !self.entities.is_empty() => {
                self.entities.get(id).cloned().ok_or_else(|| {
                    let what = format!("{id:?} is no legal entity of ours: add it under entities");
                    Failure::rejected(failures::UNKNOWN_REFERENCE, what).at(at)
                })
            }
            _ => Ok(self.legal_entity.clone()),
        }
    }

    /// The partner's id for our legal entity.
    pub(crate) fn their_entity<'a>(&'a self, ours: &'a str) -> &'a str {
        let found = self.entities.iter().find(|(_, entity)| *entity == ours);
        found.map_or(ours, |(theirs, _)| theirs.as_str())
    }

    /// The partner's code for our site.
    pub(crate) fn their_site<'a>(&'a self, ours: &'a str) -> &'a str {
        if let Some(theirs) = self.sites_out.get(ours) {
            return theirs;
        }
        let found = self.sites.iter().find(|(_, site)| *site == ours);
        found.map_or(ours, |(theirs, _)| theirs.as_str())
    }

    /// Our account for the partner's id of a customer.
    pub(crate) fn our_account(&self, theirs: &str, at: &str) -> Result<String, Failure> {
        if self.accounts.is_empty() {
            return Ok(theirs.to_owned());
        }
        self.accounts.get(theirs).cloned().ok_or_else(|| {
            let what = format!("customer {theirs:?} is none of ours: add it under accounts");
            Failure::rejected(failures::UNKNOWN_REFERENCE, what).at(at)
        })
    }

    /// The account of requests that name no customer.
    pub(crate) fn default_account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The partner's id for our account.
    pub(crate) fn their_account<'a>(&'a self, ours: &'a str) -> &'a str {
        let found = self.accounts.iter().find(|(_, account)| *account == ours);
        found.map_or(ours, |(theirs, _)| theirs.as_str())
    }
}
