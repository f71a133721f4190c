//! `backhaul audit … --url`

use serde_json::json;

use super::client::no_answer;
use super::table::text;
use super::{Ended, Sidecar, output};

/// Proves that no entry was changed, taken out or cut off.
pub(in crate::cli) async fn verify(sidecar: &Sidecar, json: bool) -> Result<(), Ended> {
    let proof = sidecar.post(&["audit", "verify"], &json!({})).await?;
    if !proof["ok"].is_boolean() {
        return Err(no_answer());
    }
    if json {
        output::json(&proof)?;
    }
    if proof["ok"] != true {
        let (entry, reason) = (text(&proof, "broken_at"), text(&proof, "reason"));
        return Err(Ended::Wrong(format!(
            "the audit does not hold at entry {entry}: {reason}"
        )));
    }
    if json {
        return Ok(());
    }
    let (entries, head) = (text(&proof, "entries"), text(&proof, "head"));
    output::line(format!("the audit holds: {entries} entries, head {head}"))
}
