//! Makes the rows of the exception store: what a person needs to see, and to give it back.

use bytes::Bytes;
use canonical::envelope::Envelope;
use canonical::key::short_hash;
use canonical::{ExceptionCode, Money};
use connector::{Failure, Lacking};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use store::{ExceptionRow, ExceptionState, MissingCode};

/// An exception being written down.
#[derive(Debug, Clone)]
pub struct Report {
    stage: &'static str,
    code: ExceptionCode,
    failure_code: String,
    reason: String,
    place: String,
    fingerprint: String,
    connector: String,
    site: String,
    customer: String,
    return_id: String,
    effect_key: String,
    amount: Option<Money>,
    lacks: Vec<Lacking>,
}

impl Report {
    /// At that stage ("intake", "route", "deliver"), of that code.
    pub fn new(stage: &'static str, code: ExceptionCode) -> Self {
        Self {
            stage,
            code,
            failure_code: String::new(),
            reason: String::new(),
            place: String::new(),
            fingerprint: String::new(),
            connector: String::new(),
            site: String::new(),
            customer: String::new(),
            return_id: String::new(),
            effect_key: String::new(),
            amount: None,
            lacks: Vec::new(),
        }
    }

    /// Of a connector's failure.
    pub fn of_failure(stage: &'static str, failure: &Failure) -> Self {
        let mut report = Self::new(stage, code_of(stage, failure));
        failure.code.clone_into(&mut report.failure_code);
        report.reason.clone_from(&failure.message);
        report.place.clone_from(&failure.place);
        report.lacks.extend(failure.lacks.as_deref().cloned());
        report
    }

    /// The codes that it waits for.
    #[must_use]
    pub fn lacking<'f>(mut self, failures: impl IntoIterator<Item = &'f Failure>) -> Self {
        let lacks = failures
            .into_iter()
            .filter_map(|failure| failure.lacks.as_deref());
        self.lacks = lacks.cloned().collect();
        self
    }

    /// In plain words.
    #[must_use]
    pub fn reason(mut self, reason: String) -> Self {
        self.reason = reason;
        self
    }

    /// Place in the input.
    #[must_use]
    pub fn place(mut self, place: String) -> Self {
        self.place = place;
        self
    }

    /// What makes it the same exception when it happens again. By default code, connector, return, effect and raw bytes.
    #[must_use]
    pub fn fingerprint(mut self, fingerprint: String) -> Self {
        self.fingerprint = fingerprint;
        self
    }

    /// Which return and effect it is about.
    #[must_use]
    pub fn about(mut self, return_id: &str, effect_key: &str) -> Self {
        return_id.clone_into(&mut self.return_id);
        effect_key.clone_into(&mut self.effect_key);
        self
    }

    /// Connector, site and customer, for grouping.
    #[must_use]
    pub fn owner(mut self, connector: &str, site: &str, customer: &str) -> Self {
        connector.clone_into(&mut self.connector);
        site.clone_into(&mut self.site);
        customer.clone_into(&mut self.customer);
        self
    }

    /// Money at risk.
    #[must_use]
    pub fn money(mut self, amount: Option<Money>) -> Self {
        self.amount = amount;
        self
    }

    /// The row.
    pub fn row(self, now: Timestamp, origin: String, raw: Bytes) -> ExceptionRow {
        let fingerprint = if self.fingerprint.is_empty() {
            let digest = HEXLOWER.encode(&Sha256::digest(&raw));
            short_hash(
                &[
                    self.stage,
                    self.code.word(),
                    &self.connector,
                    &self.return_id,
                    &self.effect_key,
                    &digest,
                    &self.place,
                ],
                40,
            )
        } else {
            self.fingerprint
        };
        let missing = missing(&self.connector, &self.lacks);
        ExceptionRow {
            exception_id: canonical::key::ulid(now.as_millisecond(), &["exception", &fingerprint]),
            fingerprint,
            code: self.code.word().to_owned(),
            failure_code: self.failure_code,
            stage: self.stage.to_owned(),
            connector: self.connector,
            site: self.site,
            customer: self.customer,
            return_id: self.return_id,
            effect_key: self.effect_key,
            reason: self.reason,
            place: self.place,
            amount_minor: self.amount.map(|a| a.minor),
            currency: self.amount.map(|a| a.ccy.code().to_owned()),
            state: ExceptionState::Open,
            occurrences: 1,
            opened_at: now,
            updated_at: now,
            resolution: String::new(),
            origin,
            missing,
            raw,
        }
    }
}

/// The codes that connector lacks, each once.
pub(crate) fn missing(connector: &str, lacks: &[Lacking]) -> Vec<MissingCode> {
    let mut missing: Vec<MissingCode> = Vec::new();
    for lacking in lacks {
        let code = MissingCode {
            list: lacking.list.to_owned(),
            system: connector.to_owned(),
            direction: lacking.direction.word().to_owned(),
            code: lacking.code.clone(),
        };
        if !missing.contains(&code) {
            missing.push(code);
        }
    }
    missing
}

/// The business code under which a connector's failure is filed. By its stable code, never by its text.
fn code_of(stage: &str, failure: &Failure) -> ExceptionCode {
    use connector::FailureKind as Kind;
    by_reason(failure.code).unwrap_or(match failure.kind {
        Kind::Malformed => ExceptionCode::SchemaInvalid,
        Kind::Rejected if stage == "intake" => ExceptionCode::SchemaInvalid,
        Kind::Rejected => ExceptionCode::ErpRejected,
        Kind::InDoubt | Kind::Unacknowledged => ExceptionCode::ErpUnknownSla,
        Kind::Unavailable | Kind::Throttled { .. } | Kind::Misconfigured => {
            ExceptionCode::DeliveryExhausted
        }
    })
}

/// Reasons that have a business code of their own, whichever connector gives them.
pub(crate) fn by_reason(failure_code: &str) -> Option<ExceptionCode> {
    let reason = failure_code
        .split_once('.')
        .map_or(failure_code, |(_, reason)| reason);
    match reason {
        "period-closed" => Some(ExceptionCode::PeriodClosed),
        "customer-blocked" => Some(ExceptionCode::CustomerHold),
        "over-invoice" => Some(ExceptionCode::CreditCapExceeded),
        "unmapped-code" | "unknown-site" | "fetch-not-found" | "unknown-reference" => {
            Some(ExceptionCode::MasterDataMissing)
        }
        "control-total" | "truncated" => Some(ExceptionCode::FileControlTotal),
        "sequence-gap" => Some(ExceptionCode::SequenceGap),
        "key-conflict" => Some(ExceptionCode::IdempotencyConflict),
        "broke-the-codec" | "poison" => Some(ExceptionCode::PoisonMessage),
        "signature-invalid" | "stale" => Some(ExceptionCode::SignatureInvalid),
        _ => None,
    }
}

/// Origin of a message that came by the broker: enough to put it back there.
pub fn event_origin(envelope: &Envelope) -> String {
    serde_json::json!({ "channel": "events", "id": envelope.id, "type": envelope.kind }).to_string()
}
