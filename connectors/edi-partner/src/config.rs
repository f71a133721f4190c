//! Options of a block, and what may be wrong with them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use connector::{Problem, Settings};
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::profile::{self, Profile, Writes};

/// Options of an `edi-partner` connector.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    /// Name of a built-in profile: x12-4010, x12-5010, edifact-d01b or edifact-d96a. Without a profile it is x12-4010.
    #[serde(default)]
    pub(crate) profile: Option<String>,
    /// An own profile instead: a path relative to the configuration file.
    #[serde(default)]
    pub(crate) profile_file: Option<PathBuf>,
    /// Laid over the profile before it is read: tables are merged, everything else is replaced.
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub(crate) adjust: toml::Table,
    /// Who we are in the partner's interchanges. Needed with a mailbox; without it any receiver is taken.
    #[serde(default)]
    pub(crate) ours: Option<Identity>,
    /// Who the partner is. Needed with a mailbox; without it any sender is taken.
    #[serde(default)]
    pub(crate) theirs: Option<Identity>,
    /// True while testing: only test interchanges are taken, and only such are written.
    #[serde(default)]
    pub(crate) test: bool,
    /// Where files are exchanged. Without it the block only translates.
    #[serde(default)]
    pub(crate) mailbox: Option<mailbox::Options>,
    /// How often the inbox is looked at ("10s").
    #[serde(default = "ten_seconds")]
    pub(crate) poll: SignedDuration,
    /// Largest file that is read, in bytes.
    #[serde(default = "sixteen_mebibytes")]
    pub(crate) max_bytes: u64,
    /// Name of the partner in the ids of its requests; the block's own name if not given.
    #[serde(default)]
    pub(crate) system: Option<String>,
    /// Legal entity of its returns, and of RMA numbers in receipts.
    #[serde(default = "main")]
    pub(crate) legal_entity: String,
    /// The partner's id of us (of N1 or NAD) → legal entity, when it buys from several. Without any all is of `legal_entity`.
    #[serde(default)]
    pub(crate) entities: BTreeMap<String, String>,
    /// Namespace of RMA numbers in receipts, for a warehouse that serves several legal entities and names none. Requests that
    /// bring a number are known under it too.
    #[serde(default)]
    pub(crate) rma_namespace: Option<String>,
    /// Sales channel of its returns.
    #[serde(default = "edi")]
    pub(crate) channel: String,
    /// Currency of requests that name none.
    #[serde(default = "dollar")]
    #[schemars(with = "String")]
    pub(crate) currency: canonical::Currency,
    /// IANA zone of dates and times that name none.
    #[serde(default = "utc")]
    pub(crate) time_zone: String,
    /// Our site for goods of requests and receipts that name none.
    #[serde(default)]
    pub(crate) site: Option<String>,
    /// The partner's code of a site → ours. Without any, the partner's codes are ours.
    #[serde(default)]
    pub(crate) sites: BTreeMap<String, String>,
    /// Customer of requests that name none.
    #[serde(default)]
    pub(crate) account: Option<String>,
    /// The partner's id of a customer (of N1 or NAD) → our account. Without any, the partner's ids are ours.
    #[serde(default)]
    pub(crate) accounts: BTreeMap<String, String>,
    /// Messages of the partner, and what they must become: checked offline.
    #[serde(default)]
    pub(crate) samples: Vec<Sample>,
}

/// An address in the envelope.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    /// Qualifier of the id: "ZZ", "01", "14".
    pub(crate) qualifier: String,
    /// The id.
    pub(crate) id: String,
    /// Id in functional groups (GS02, GS03); the id itself if not given.
    #[serde(default)]
    pub(crate) group: Option<String>,
}

/// A message of the partner.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sample {
    /// The message: a path relative to the configuration file.
    pub(crate) file: PathBuf,
    /// The events it must become, as JSON; `backhaul translate` writes it.
    pub(crate) expect: PathBuf,
}

const fn ten_seconds() -> SignedDuration {
    SignedDuration::from_secs(10)
}

const fn sixteen_mebibytes() -> u64 {
    16 * 1024 * 1024
}

fn main() -> String {
    "MAIN".to_owned()
}

fn edi() -> String {
    "edi".to_owned()
}

const fn dollar() -> canonical::Currency {
    canonical::Currency::USD
}

fn utc() -> String {
    "UTC".to_owned()
}

/// Schema of the options.
pub(crate) fn schema() -> serde_json::Value {
    schemars::schema_for!(Options).to_value()
}

impl Options {
    /// The profile with its adjustments.
    pub(crate) fn profile(&self, settings: &Settings) -> Result<Profile, Problem> {
        let (option, text) = match (&self.profile, &self.profile_file) {
            (Some(_), Some(_)) => {
                return Err(Problem::new(
                    settings.place("profile"),
                    "there is `profile` and `profile_file`",
                    "leave one of them out",
                ));
            }
            (None, Some(path)) => ("profile_file", settings.read("profile_file", path)?),
            (name, None) => {
                let name = name.as_deref().unwrap_or("x12-4010");
                let known = profile::shipped(name).ok_or_else(|| {
                    let what = format!("there is no built-in profile {name:?}");
                    let fix = format!("one of {}, or give `profile_file`", profile::names());
                    Problem::new(settings.place("profile"), what, fix)
                })?;
                ("profile", known.to_owned())
            }
        };
        profile::read(&text, &self.adjust).map_err(|error| {
            let place = if self.adjust.is_empty() {
                option
            } else {
                "adjust"
            };
            Problem::new(
                settings.place(place),
                format!("the profile cannot be read: {}", error.message()),
                "see the profiles in the connector's README",
            )
        })
    }

    /// Addresses that the syntax of the profile has no room for.
    pub(crate) fn address_problems(&self, profile: &Profile, settings: &Settings) -> Vec<Problem> {
        if profile.syntax != Writes::X12 {
            return Vec::new();
        }
        let mut problems = Vec::new();
        for (option, identity) in [("ours", &self.ours), ("theirs", &self.theirs)] {
            let Some(identity) = identity else { continue };
            for (member, value, most) in [
                ("id", identity.id.trim(), 15),
                ("qualifier", identity.qualifier.trim(), 2),
                ("group", identity.group.as_deref().unwrap_or_default(), 15),
            ] {
                if value.chars().count() > most {
                    let what = format!("it has more than the {most} characters of X12");
                    let place = settings.place(&format!("{option}.{member}"));
                    problems.push(Problem::new(
                        place,
                        what,
                        "give it as the partner writes it",
                    ));
                }
            }
        }
        problems
    }

    /// Everything wrong with the options themselves.
    pub(crate) fn problems(&self, settings: &Settings) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |option: &str, what: String, fix: &str| {
            problems.push(Problem::new(settings.place(option), what, fix));
        };
        for (option, identity) in [("ours", &self.ours), ("theirs", &self.theirs)] {
            match identity {
                Some(identity) => identity_problems(option, identity, &mut wrong),
                None if self.mailbox.is_some() => {
                    let fix = "give it as { qualifier = \"ZZ\", id = \"…\" }";
                    wrong(
                        option,
                        "it is not given, and files are exchanged".into(),
                        fix,
                    );
                }
                None => {}
            }
        }
        if self.mailbox.is_some() && self.legal_entity == main() {
            let fix = "name the legal entity of the partner's returns";
            wrong(
                "legal_entity",
                "it is not given, and files are exchanged".into(),
                fix,
            );
        }
        let named = [
            ("legal_entity", self.legal_entity.as_str()),
            ("system", self.system.as_deref().unwrap_or("x")),
            ("channel", self.channel.as_str()),
        ];
        for (option, value) in named {
            if value.trim().is_empty() || value.contains('/') {
                let what = "it is empty or contains a slash".to_owned();
                wrong(option, what, "use a short name, such as acme");
            }
        }
        if jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            let what = format!("{:?} is no IANA time zone", self.time_zone);
            wrong("time_zone", what, "write it as \"America/Chicago\"");
        }
        if !self.poll.is_positive() {
            let fix = "write a duration such as \"10s\"";
            wrong("poll", "it is not above zero".into(), fix);
        }
        if self.max_bytes == 0 || self.max_bytes > 256 * 1024 * 1024 {
            wrong(
                "max_bytes",
                "it is 0 or above 256 MiB".into(),
                "use 16777216",
            );
        }
        if let Some(mailbox) = &self.mailbox {
            for (option, what, fix) in mailbox.check(&settings.base_dir) {
                wrong(&format!("mailbox.{option}"), what, &fix);
            }
        }
        problems
    }
}

fn identity_problems(
    option: &str,
    identity: &Identity,
    wrong: &mut impl FnMut(&str, String, &str),
) {
    let id = identity.id.trim();
    if id.is_empty() || id.len() > 35 {
        let what = "it is empty or longer than 35 characters".to_owned();
        wrong(
            &format!("{option}.id"),
            what,
            "give the id as the partner writes it",
        );
    }
    if identity.qualifier.len() > 4 {
        let what = format!("{:?} is no qualifier", identity.qualifier);
        wrong(
            &format!("{option}.qualifier"),
            what,
            "write \"ZZ\", \"01\" or \"14\"",
        );
    }
}
