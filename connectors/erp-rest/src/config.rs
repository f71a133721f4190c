//! Options of a block, and what may be wrong with them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use connector::{Problem, Settings};
use jiff::SignedDuration;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::profile::{self, Profile};

/// Options of an `erp-rest` connector.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    /// Root of the ERP's interface, `https://HOST/PATH`. The profile's paths are put behind it.
    #[schemars(with = "String")]
    pub(crate) base_url: Url,
    /// Name of a built-in profile: sim, business-central, netsuite, sap-odata or tryton.
    #[serde(default)]
    pub(crate) profile: Option<String>,
    /// An own profile instead: a path relative to the configuration file.
    #[serde(default)]
    pub(crate) profile_file: Option<PathBuf>,
    /// Laid over the profile before it is read: tables are merged, everything else is replaced.
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub(crate) adjust: toml::Table,
    /// Values for `{name}` in the profile's paths and for `.vars` in its shapes: company, tenant …
    #[serde(default)]
    pub(crate) vars: BTreeMap<String, String>,
    /// How to log in.
    #[serde(default)]
    pub(crate) auth: AuthOptions,
    /// How long a request may take in all ("30s"). Afterwards the outcome is unknown.
    #[serde(default = "thirty_seconds")]
    pub(crate) timeout: SignedDuration,
    /// How long connecting may take; not above `timeout`.
    #[serde(default = "five_seconds")]
    pub(crate) connect_timeout: SignedDuration,
}

/// How to log in.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum AuthOptions {
    /// Not at all.
    #[default]
    None,
    /// A key in a header.
    ApiKey {
        /// Header.
        #[serde(default = "api_key_header")]
        header: String,
        /// The key.
        #[schemars(with = "String")]
        key: SecretString,
    },
    /// User and password (HTTP Basic).
    Basic {
        /// User.
        user: String,
        /// Password.
        #[schemars(with = "String")]
        password: SecretString,
    },
    /// OAuth 2.0 client credentials (RFC 6749, 4.4). Tokens are kept, and renewed before they run out.
    ClientCredentials {
        /// Where tokens are issued: an address, or a path on the origin of `base_url`.
        token_url: String,
        /// Client.
        client_id: String,
        /// Its secret.
        #[schemars(with = "String")]
        client_secret: SecretString,
        /// Scope to ask for.
        #[serde(default)]
        scope: Option<String>,
        /// Where the client names itself: in the form, or by HTTP Basic.
        #[serde(default)]
        client_in: ClientIn,
    },
}

/// Where a client names itself to the token server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ClientIn {
    /// As members of the form.
    #[default]
    Form,
    /// By HTTP Basic.
    Basic,
}

fn thirty_seconds() -> SignedDuration {
    SignedDuration::from_secs(30)
}

fn five_seconds() -> SignedDuration {
    SignedDuration::from_secs(5)
}

fn api_key_header() -> String {
    "x-api-key".to_owned()
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

    /// Everything wrong with the options themselves.
    pub(crate) fn problems(&self, settings: &Settings) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |option: &str, what: &str, fix: &str| {
            problems.push(Problem::new(settings.place(option), what, fix));
        };
        let is_http = matches!(self.base_url.scheme(), "http" | "https");
        if !is_http || self.base_url.host_str().is_none() {
            wrong(
                "base_url",
                "it is not an http(s) address",
                "write https://HOST/PATH",
            );
        }
        if self.base_url.query().is_some() || self.base_url.fragment().is_some() {
            wrong(
                "base_url",
                "it has a query or a fragment",
                "end it with the path",
            );
        }
        if !self.base_url.username().is_empty() || self.base_url.password().is_some() {
            wrong(
                "base_url",
                "it contains credentials",
                "put them into `auth`",
            );
        }
        if self.timeout().is_none() {
            wrong(
                "timeout",
                "it is not above zero",
                "write a duration such as \"30s\"",
            );
        }
        if self.connect_timeout > self.timeout && self.timeout().is_some() {
            let (connect, whole) = (self.connect_timeout, self.timeout);
            wrong(
                "connect_timeout",
                &format!(
                    "it is {connect:#}, more than the {whole:#} of `timeout`, which contain it"
                ),
                &format!("write connect_timeout = \"{whole:#}\" or less, or raise `timeout`"),
            );
        } else if !self.connect_timeout.is_positive() {
            wrong(
                "connect_timeout",
                "it is not above zero",
                "write a duration such as \"5s\", not above `timeout`",
            );
        }
        for (place, what, fix) in self.auth.problems(&self.base_url) {
            wrong(place, what, fix);
        }
        problems
    }
}

impl AuthOptions {
    fn problems(&self, base: &Url) -> Vec<(&'static str, &'static str, &'static str)> {
        let empty = |secret: &SecretString| secret.expose_secret().is_empty();
        let mut problems = Vec::new();
        match self {
            Self::None => {}
            Self::ApiKey { header, key } => {
                if header.parse::<http::HeaderName>().is_err() {
                    problems.push(("auth.header", "it is not a header name", "write x-api-key"));
                }
                if empty(key) {
                    problems.push(("auth.key", "it is empty", "give the key"));
                }
            }
            Self::Basic { user, password } => {
                if user.is_empty() || user.contains(':') {
                    problems.push(("auth.user", "it is empty or has a colon", "give the user"));
                }
                if empty(password) {
                    problems.push(("auth.password", "it is empty", "give the password"));
                }
            }
            Self::ClientCredentials {
                token_url,
                client_id,
                client_secret,
                ..
            } => {
                if base.join(token_url).is_err() || token_url.is_empty() {
                    let fix = "write an address, or a path on the origin of base_url";
                    problems.push(("auth.token_url", "it is not an address", fix));
                }
                if client_id.is_empty() {
                    problems.push(("auth.client_id", "it is empty", "give the client's id"));
                }
                if empty(client_secret) {
                    problems.push(("auth.client_secret", "it is empty", "give the secret"));
                }
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Settings {
        Settings {
            instance: "erp".to_owned(),
            table: toml::from_str(text).unwrap(),
            base_dir: PathBuf::from("."),
            published: connector::Published::default(),
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let settings = settings(
            "base_url = \"https://erp.example\"\nprofile = \"sim\"\nauth = { kind = \"api-key\", key = \"s3cret\" }",
        );
        let options: Options = settings.parse().unwrap();
        assert!(!format!("{options:?}").contains("s3cret"));
        assert!(options.problems(&settings).is_empty());
    }

    #[test]
    fn a_connection_that_may_take_longer_than_the_whole_is_told_with_what_works() {
        let text = |more: &str| {
            settings(&format!(
                "base_url = \"https://erp.example\"\nprofile = \"sim\"\n{more}"
            ))
        };
        let told = |more: &str| {
            let settings = text(more);
            let options: Options = settings.parse().unwrap();
            options.problems(&settings)
        };
        let found = told("timeout = \"3s\"");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].place, "connectors.erp.connect_timeout");
        assert!(found[0].what.contains("5s") && found[0].what.contains("3s"));
        assert!(found[0].fix.contains("connect_timeout = \"3s\""));
        assert_eq!(told("timeout = \"3s\"\nconnect_timeout = \"3s\""), []);
        assert_eq!(told("timeout = \"0s\"").len(), 1, "the timeout alone");
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let settings = settings(
            "base_url = \"ftp://user:pw@erp.example/x?y\"\nprofile = \"sim\"\ntimeout = \"0s\"\nconnect_timeout = \"0s\"\n\
             auth = { kind = \"basic\", user = \"\", password = \"\" }",
        );
        let options: Options = settings.parse().unwrap();
        let places: Vec<String> = options
            .problems(&settings)
            .into_iter()
            .map(|p| p.place)
            .collect();
        for place in [
            "base_url",
            "timeout",
            "connect_timeout",
            "auth.user",
            "auth.password",
        ] {
            assert!(
                places.contains(&format!("connectors.erp.{place}")),
                "{place}: {places:?}"
            );
        }
    }
}
