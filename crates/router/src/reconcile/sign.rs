//! Somebody looks at a run and signs it: not who ran it.

use jiff::Timestamp;
use store::{AuditEntry, ReconFilter, SignOffRow, Store, StoreError, Unit, UnitOutcome};
use workflow::Approvers;
use workflow::approvers::are_one;

use crate::desk::Decided;

/// Signs a run. Whoever ran it, by any name that the approvers have of them, is refused.
///
/// # Errors
/// The store's.
pub async fn sign_off(
    store: &dyn Store,
    run_id: &str,
    (who, approvers): (&str, Option<&Approvers>),
    note: &str,
    now: Timestamp,
) -> Result<Decided, StoreError> {
    let filter = ReconFilter {
        run_id: Some(run_id.to_owned()),
        ..ReconFilter::default()
    };
    let Some(run) = store.recon_runs(&filter).await?.into_iter().next() else {
        return Ok(Decided::Refused(format!("there is no run {run_id}")));
    };
    if who.trim().is_empty() {
        return Ok(Decided::Refused("say who signs: --by USER".to_owned()));
    }
    if are_one(approvers, &run.ran_by, who) {
        return Ok(Decided::Refused(format!(
            "{who} ran it: somebody else has to sign"
        )));
    }
    if let Some(signed) = &run.sign_off {
        return Ok(Decided::Refused(format!(
            "{} signed it on {}",
            signed.signed_by, signed.signed_at
        )));
    }
    let body = serde_json::json!({
        "entity": run.entity, "business_date": run.business_date, "status": run.status, "note": note
    });
    let unit = Unit {
        sign_off: Some(Box::new(SignOffRow {
            run_id: run_id.to_owned(),
            signed_by: who.to_owned(),
            signed_at: now,
            note: note.to_owned(),
        })),
        audit: vec![AuditEntry {
            at: now,
            actor: who.to_owned(),
            action: "recon.signed-off".to_owned(),
            subject: run_id.to_owned(),
            correlation_id: String::new(),
            after_hash: String::new(),
            body: body.to_string(),
        }],
        ..Unit::default()
    };
    let commit = store.commit(vec![unit], Vec::new()).await?;
    Ok(match commit.outcomes.first() {
        Some(UnitOutcome::Done) => Decided::Done(format!(
            "run {run_id} ({} {}, {}) is signed by {who}",
            run.entity, run.business_date, run.status
        )),
        _ => Decided::Refused("somebody else signed it meanwhile".to_owned()),
    })
}
