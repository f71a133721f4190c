//! Runs and what they found, as they are told: texts that may name a mail address are covered for those who may not see it.

use jiff::Timestamp;
use jiff::civil::Date;
use router::reconcile::{Item, Report};
use serde::Serialize;
use serde_json::Value;
use store::{ReconItemRow, ReconRunRow, StoreError};
use utoipa::ToSchema;

use crate::access::Holder;

/// Who signed a run.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SignedView {
    /// Who.
    pub(crate) by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// What they had to say; may be empty.
    pub(crate) note: String,
}

/// A run of the daily proof.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ProofView {
    /// Run.
    pub(crate) run_id: String,
    /// Legal entity.
    pub(crate) entity: String,
    /// The business day, where the entity keeps its books.
    #[schema(value_type = String, format = Date)]
    pub(crate) business_date: Date,
    /// PROVEN, PROVEN_WITH_TIMING or NOT_PROVEN.
    pub(crate) status: String,
    /// When it was begun.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) started_at: Timestamp,
    /// Who ran it.
    pub(crate) ran_by: String,
    /// Who signed it; left out as long as nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signed: Option<SignedView>,
    /// What was compared and what that gave: inputs with their hashes and watermarks, matches with their sums. Only where one
    /// run is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) report: Option<Value>,
}

pub(super) fn view(run: ReconRunRow, report: Option<Value>, holder: &Holder) -> ProofView {
    ProofView {
        run_id: run.run_id,
        entity: run.entity,
        business_date: run.business_date,
        status: run.status,
        started_at: run.started_at,
        ran_by: run.ran_by,
        signed: run.sign_off.map(|signed| SignedView {
            by: signed.signed_by,
            at: signed.signed_at,
            note: holder.shown_text(&signed.note),
        }),
        report,
    }
}

/// The report. What partners said when they could not be read may name a mail address.
pub(crate) fn report(run: &ReconRunRow, holder: &Holder) -> Result<Report, StoreError> {
    let mut report: Report = serde_json::from_str(&run.report).map_err(|error| {
        StoreError::Broken(format!("the report of a run of the daily proof: {error}"))
    })?;
    for input in &mut report.inputs {
        input.failed = holder.shown_text(&input.failed);
    }
    for matched in &mut report.matches {
        matched.run = holder.shown_text(&matched.run);
    }
    for cleared in &mut report.cleared {
        *cleared = holder.shown_text(cleared);
    }
    Ok(report)
}

/// Something that does not agree. What is compared and why it differs is in words, as on the desk of who looks at it.
pub(crate) fn item(row: &ReconItemRow, holder: &Holder) -> Result<Item, StoreError> {
    let mut item: Item = serde_json::from_str(&row.body).map_err(|error| {
        StoreError::Broken(format!("an item of a run of the daily proof: {error}"))
    })?;
    for text in [
        &mut item.key,
        &mut item.left,
        &mut item.right,
        &mut item.reason,
    ] {
        *text = holder.shown_text(text);
    }
    Ok(item)
}

/// Something that does not agree.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ItemView {
    /// Position in the run, from 1.
    n: u32,
    /// The match that found it, C0 to C10.
    #[serde(rename = "match")]
    matched: &'static str,
    /// What kind of difference it is (AMOUNT_NET, MISSING_IN_ERP, …).
    class: &'static str,
    /// P1 (today) to P3.
    priority: &'static str,
    /// Connector instance of the other side.
    connector: String,
    /// What was compared: our effect, or the number of a document that is not ours.
    key: String,
    /// The business day that it belongs to.
    #[schema(value_type = String, format = Date)]
    business_date: Date,
    /// Our side, in words.
    left: String,
    /// The other side, in words.
    right: String,
    /// Ours less theirs, in minor units; null where no money differs.
    #[schema(required)]
    delta_minor: Option<i64>,
    /// Its currency, or null.
    #[schema(required)]
    currency: Option<String>,
    /// Age in days, from its business day to the day of the run.
    age_days: i64,
    /// An earlier run found it, and it was open still.
    carried: bool,
    /// When a run first found it.
    #[schema(value_type = String, format = DateTime)]
    first_seen: Timestamp,
    /// Return, or empty.
    return_id: String,
    /// Effect, or empty.
    effect_key: String,
    /// The exception that says so, or empty.
    exception_id: String,
    /// What is wrong and what to do.
    reason: String,
}

pub(super) fn item_view(n: u32, item: Item) -> ItemView {
    ItemView {
        n,
        matched: item.matched.word(),
        class: item.class.word(),
        priority: item.priority.word(),
        connector: item.connector,
        key: item.key,
        business_date: item.business_date,
        left: item.left,
        right: item.right,
        delta_minor: item.delta_minor,
        currency: item.currency.map(|currency| currency.code().to_owned()),
        age_days: item.age_days,
        carried: item.carried,
        first_seen: item.first_seen,
        return_id: item.return_id,
        effect_key: item.effect_key,
        exception_id: item.exception_id,
        reason: item.reason,
    }
}
