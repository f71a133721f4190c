//! The block's options.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

/// Options of a `wms-json` block.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Name of the partner's system: the name space of its references and request ids.
    pub system: String,
    /// Legal entity whose RMA numbers the partner uses. Leave it out when it handles returns of several; then set
    /// `rma_namespace`.
    pub entity: Option<String>,
    /// Name space in which RMA numbers are unique over all legal entities. A portal's block registers its RMA numbers
    /// there, a warehouse's block looks them up there when it has no `entity`.
    pub rma_namespace: Option<String>,
    /// Our site, if the partner is one warehouse.
    pub site: Option<String>,
    /// The partner's warehouse code = our site.
    #[serde(default)]
    pub sites: BTreeMap<String, String>,
    /// What the partner's messages mean.
    #[serde(default)]
    pub semantics: Meaning,
    /// jq file that turns the partner's messages into the shape of the README. Without it they must have that shape.
    pub mapping: Option<PathBuf>,
    /// The partner's codes = ours, by list.
    #[serde(default)]
    pub codes: Tables,
    /// Sample messages and what must come out; `backhaul check` runs them.
    #[serde(default)]
    pub samples: Vec<Sample>,
    /// Take messages by HTTP.
    pub http: Option<Http>,
    /// Take messages from a queue.
    pub amqp: Option<Amqp>,
    /// Where the document of a notification is (`semantics = "notify"`).
    pub fetch: Option<Fetch>,
    /// Send announcements, cancellations and notifications.
    pub out: Option<Out>,
}

/// What messages mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// Each tells one change.
    #[default]
    Delta,
    /// Each tells the whole state so far.
    Snapshot,
    /// Each says only that something changed; the rest is fetched.
    Notify,
}

/// The partner's codes = ours. Without a table, a list knows our own words only.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tables {
    /// Reasons of returns.
    pub reason: BTreeMap<String, String>,
    /// Kinds of returns.
    pub return_type: BTreeMap<String, String>,
    /// Conditions of goods.
    pub condition: BTreeMap<String, String>,
    /// Results of inspections.
    pub result: BTreeMap<String, String>,
    /// Disposition codes = actions.
    pub disposition: BTreeMap<String, String>,
    /// Who bears it.
    pub liability: BTreeMap<String, String>,
    /// Units of measure = UN/ECE Recommendation 20 (packaging of Recommendation 21 with `X` in front). Without a table
    /// only `EA` is known.
    pub uom: BTreeMap<String, String>,
    /// Article numbers = ours. Without a table, and with none published, they pass as they are.
    pub sku: BTreeMap<String, String>,
}

/// A sample.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Message of the partner, relative to the configuration file.
    pub file: PathBuf,
    /// What must come out, as `backhaul translate` prints it.
    pub expect: PathBuf,
}

/// `[connectors.NAME.http]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Path on the sidecar's listener, as `/in/wms-east`.
    pub path: String,
    /// Secret shared with the partner: HMAC-SHA256 over the raw body.
    #[schemars(with = "Option<String>")]
    pub secret: Option<SecretString>,
    /// True to take messages without signature. Then whoever reaches the listener can open returns.
    #[serde(default)]
    pub unsigned: bool,
    /// Header of the signature.
    #[serde(default = "signature_header")]
    pub signature_header: String,
    /// How the signature is written.
    #[serde(default)]
    pub signature_encoding: Encoding,
    /// What stands before the signature, as `sha256=`.
    #[serde(default)]
    pub signature_prefix: String,
    /// Header with the time of sending (Unix seconds or RFC 3339). With it, older and newer messages are refused.
    pub timestamp_header: Option<String>,
    /// How far the time of sending may be from now.
    #[serde(default = "tolerance")]
    #[schemars(with = "String")]
    pub tolerance: SignedDuration,
    /// Header with the partner's id of the delivery; kept for people, never used to recognise doubles.
    #[serde(default = "id_header")]
    pub id_header: String,
    /// Largest message, bytes.
    #[serde(default = "max_bytes")]
    pub max_bytes: usize,
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Base64 with padding.
    #[default]
    Base64,
    /// Hexadecimal, either case.
    Hex,
}

/// `[connectors.NAME.amqp]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Amqp {
    /// Queue on the sidecar's broker.
    pub queue: String,
}

/// `[connectors.NAME.fetch]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    /// Address of the document; `{rma}` stands for the member `rma` of the notification.
    pub url: String,
    /// How we prove who we are.
    #[serde(default)]
    pub auth: Auth,
    /// Longest time for one document.
    #[serde(default = "timeout")]
    #[schemars(with = "String")]
    pub timeout: SignedDuration,
    /// Largest document, bytes.
    #[serde(default = "max_bytes")]
    pub max_bytes: usize,
}

/// How we prove who we are.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// `Authorization: Bearer …`
    Bearer {
        /// The token.
        #[schemars(with = "String")]
        token: SecretString,
    },
    /// `Authorization: Basic …`
    Basic {
        /// User.
        user: String,
        /// Password.
        #[schemars(with = "String")]
        password: SecretString,
    },
    /// A header of the partner's own.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        #[schemars(with = "String")]
        value: SecretString,
    },
}

/// `[connectors.NAME.out]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Out {
    /// Address that the paths are relative to.
    #[schemars(with = "String")]
    pub base_url: url::Url,
    /// How we prove who we are.
    #[serde(default)]
    pub auth: Auth,
    /// Longest time for a request with its answer. Below the sidecar's `deadline` of the block.
    #[serde(default = "timeout")]
    #[schemars(with = "String")]
    pub timeout: SignedDuration,
    /// Longest time to get a connection.
    #[serde(default = "connect_timeout")]
    #[schemars(with = "String")]
    pub connect_timeout: SignedDuration,
    /// Paths.
    #[serde(default)]
    pub paths: Paths,
    /// How the partner keeps doubles out.
    #[serde(default)]
    pub guard: Guard,
    /// True if the partner guarantees that it did nothing when it answers 503.
    #[serde(default)]
    pub trust_503: bool,
    /// Error codes with which the partner answers 409 when it has a document under our key already.
    #[serde(default = "exists_codes")]
    pub exists_codes: Vec<String>,
}

/// Paths below `base_url`; `{rma}` and `{key}` are put in. Empty: the partner cannot do that.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Paths {
    /// `POST` an announcement.
    pub announce: String,
    /// `GET` announcements by our key.
    pub find_announcement: String,
    /// `POST` a cancellation.
    pub cancel: String,
    /// `GET` cancellations by our key.
    pub find_cancel: String,
    /// `POST` a message to the customer.
    pub notify: String,
    /// `GET` messages by our key.
    pub find_notification: String,
    /// `GET` receipts and reversals of days, for the daily proof: `{from}` and `{to}` are put in, and `{page}`, nothing for
    /// the first page.
    pub list_receipts: String,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            announce: "asn".to_owned(),
            find_announcement: "asn?externalReference={key}".to_owned(),
            cancel: "asn/{rma}/cancel".to_owned(),
            find_cancel: "asn?cancelReference={key}".to_owned(),
            notify: "notifications".to_owned(),
            find_notification: "notifications?key={key}".to_owned(),
            list_receipts: String::new(),
        }
    }
}

/// How the partner keeps doubles out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// It recognises our key.
    NativeKey,
    /// It refuses a second document with the same number.
    UniqueNumber,
    /// Only looking it up tells.
    #[default]
    LookUpOnly,
    /// Nothing tells.
    None,
}

fn signature_header() -> String {
    "x-signature".to_owned()
}

fn id_header() -> String {
    "x-webhook-id".to_owned()
}

const fn tolerance() -> SignedDuration {
    SignedDuration::from_mins(5)
}

const fn timeout() -> SignedDuration {
    SignedDuration::from_secs(20)
}

const fn connect_timeout() -> SignedDuration {
    SignedDuration::from_secs(5)
}

const fn max_bytes() -> usize {
    1024 * 1024
}

fn exists_codes() -> Vec<String> {
    vec!["ALREADY_EXISTS".to_owned()]
}
