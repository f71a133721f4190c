//! The block's options.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

/// Options of a `mail` block.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Host name of the mail server that takes our messages.
    pub host: String,
    /// Its port. Usual are 587 (`starttls`), 465 (`tls`) and 25 (`none`); that one if left out.
    pub port: Option<u16>,
    /// How the connection is kept private.
    #[serde(default)]
    pub security: Security,
    /// PEM file with the certificate authority of the server, relative to the configuration file, if it is not one that
    /// the operating system trusts.
    pub ca: Option<PathBuf>,
    /// User at the mail server.
    pub user: Option<String>,
    /// Its password.
    #[schemars(with = "Option<String>")]
    pub password: Option<SecretString>,
    /// Sender, as `Returns <returns@example.com>`.
    pub from: String,
    /// Where answers go; to the sender if left out.
    pub reply_to: Option<String>,
    /// Longest time for each part of the conversation: to log in, to name the recipients, to hand the message over. RFC 5321
    /// §4.5.3.2 advises minutes: a server may check a message for long before it answers. Thrice this is below the
    /// sidecar's `deadline` of the block.
    #[serde(default = "timeout")]
    #[schemars(with = "String")]
    pub timeout: SignedDuration,
    /// Language of customers that have none in `customers`.
    #[serde(default = "language")]
    pub language: String,
    /// Folder with our own templates, `LANGUAGE/MILESTONE.txt` and `LANGUAGE/default.txt`, relative to the configuration
    /// file. They go before those that are built in.
    pub templates: Option<PathBuf>,
    /// Customer account = addresses and language. Addresses published as crosswalk `address` go before these.
    #[serde(default)]
    pub customers: BTreeMap<String, Customer>,
}

/// How the connection is kept private.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// Begins in the clear and must become TLS before anything is said (RFC 3207).
    #[default]
    Starttls,
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// In the clear: only to a server on this host or in a private network.
    None,
}

/// A customer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// Addresses; each gets the same message.
    #[serde(default)]
    pub to: Vec<String>,
    /// Language of its messages, as `en`.
    pub language: Option<String>,
}

impl Options {
    /// The port that is meant.
    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            Security::Starttls => 587,
            Security::Tls => 465,
            Security::None => 25,
        })
    }
}

const fn timeout() -> SignedDuration {
    SignedDuration::from_secs(30)
}

fn language() -> String {
    "en".to_owned()
}
