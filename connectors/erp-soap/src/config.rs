//! Options of a block.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use connector::{Problem, Settings};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::profile::{self, Profile};
use crate::windows::Windows;
use crate::wire::Version;

mod problems;

/// Options of an `erp-soap` connector.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    /// Where the ERP's service is, `https://HOST/PATH`: the address in its WSDL.
    #[schemars(with = "String")]
    pub(crate) url: Url,
    /// Name of a built-in profile: sim, legacy-erp or sap-bapi.
    #[serde(default)]
    pub(crate) profile: Option<String>,
    /// An own profile instead: a path relative to the configuration file.
    #[serde(default)]
    pub(crate) profile_file: Option<PathBuf>,
    /// Laid over the profile before it is read: tables are merged, everything else is replaced.
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub(crate) adjust: toml::Table,
    /// Values for `.vars` in the profile's shapes: company, order type …
    #[serde(default)]
    pub(crate) vars: BTreeMap<String, String>,
    /// Version of SOAP: "1.1" or "1.2". The profile's when absent.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) soap: Option<Version>,
    /// How to log in on the HTTP level.
    #[serde(default)]
    pub(crate) auth: AuthOptions,
    /// A WS-Security UsernameToken in each envelope.
    #[serde(default)]
    pub(crate) ws_security: Option<WsSecurity>,
    /// Hours in which the ERP takes documents: "22:00-04:00". Always when empty.
    #[serde(default)]
    pub(crate) windows: Vec<String>,
    /// Time zone of `windows`: "Europe/Berlin".
    #[serde(default = "utc")]
    pub(crate) time_zone: String,
    /// What waits for a window.
    #[serde(default)]
    pub(crate) windows_for: WindowsFor,
    /// How long a request may take in all ("30s"). Afterwards the outcome is unknown.
    #[serde(default = "thirty_seconds")]
    pub(crate) timeout: SignedDuration,
    /// How long connecting may take; not above `timeout`.
    #[serde(default = "five_seconds")]
    pub(crate) connect_timeout: SignedDuration,
}

/// How to log in on the HTTP level.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum AuthOptions {
    /// Not at all.
    #[default]
    None,
    /// User and password (HTTP Basic).
    Basic {
        /// User.
        user: String,
        /// Password.
        #[schemars(with = "String")]
        password: SecretString,
    },
}

/// A WS-Security UsernameToken.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WsSecurity {
    /// User.
    pub(crate) user: String,
    /// Password.
    #[schemars(with = "String")]
    pub(crate) password: SecretString,
    /// How the password is shown.
    #[serde(default)]
    pub(crate) password_type: PasswordShown,
    /// If a Timestamp is written, too.
    #[serde(default)]
    pub(crate) timestamp: bool,
    /// How long a message is good for, in the Timestamp.
    #[serde(default = "five_minutes")]
    pub(crate) lifetime: SignedDuration,
}

/// How a password is shown in a UsernameToken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PasswordShown {
    /// As SHA-1 of nonce, time and password.
    #[default]
    Digest,
    /// As it is: over TLS only.
    Text,
}

/// What waits for a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WindowsFor {
    /// Documents; looking them up is always possible.
    #[default]
    Sends,
    /// Look-ups, too.
    Everything,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn thirty_seconds() -> SignedDuration {
    SignedDuration::from_secs(30)
}

fn five_seconds() -> SignedDuration {
    SignedDuration::from_secs(5)
}

fn five_minutes() -> SignedDuration {
    SignedDuration::from_mins(5)
}

/// Schema of the options.
pub(crate) fn schema() -> serde_json::Value {
    schemars::schema_for!(Options).to_value()
}

impl Options {
    /// `timeout`, if it is a sensible one.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        Duration::try_from(self.timeout)
            .ok()
            .filter(|wait| !wait.is_zero())
    }

    /// `connect_timeout`, if it is a sensible one.
    pub(crate) fn connect_timeout(&self) -> Option<Duration> {
        let wait = Duration::try_from(self.connect_timeout).ok()?;
        (!wait.is_zero() && self.connect_timeout <= self.timeout).then_some(wait)
    }

    /// The windows, made ready.
    pub(crate) fn windows(&self, settings: &Settings) -> Result<Windows, Problem> {
        let zone = TimeZone::get(&self.time_zone).map_err(|_| {
            let what = format!("the time zone {:?} is not known", self.time_zone);
            Problem::new(settings.place("time_zone"), what, "write \"Europe/Berlin\"")
        })?;
        Windows::new(zone, &self.windows).map_err(|text| {
            let what = format!("{text:?} is not a window");
            Problem::new(settings.place("windows"), what, "write \"22:00-04:00\"")
        })
    }

    /// The profile with its adjustments.
    pub(crate) fn profile(&self, settings: &Settings) -> Result<Profile, Problem> {
        let (option, text) = match (&self.profile, &self.profile_file) {
            (Some(name), None) => {
                let known = profile::shipped(name).ok_or_else(|| {
                    let what = format!("there is no built-in profile {name:?}");
                    let fix = format!("one of {}, or give `profile_file`", profile::names());
                    Problem::new(settings.place("profile"), what, fix)
                })?;
                ("profile", known.to_owned())
            }
            (None, Some(path)) => ("profile_file", settings.read("profile_file", path)?),
            (None, None) | (Some(_), Some(_)) => {
                return Err(Problem::new(
                    settings.place("profile"),
                    "exactly one of `profile` and `profile_file` must be given",
                    format!("name one of {}, or the path of your own", profile::names()),
                ));
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
}
