//! May this be returned? Asked of the policy that held when the customer asked.

use canonical::line::ReturnLine;
use canonical::{ExceptionCode, ReturnType};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::claims;
use crate::invoiced;
use crate::policy::{Facts, Policy, Question};
use crate::replace;
use crate::state::ReturnState;
use crate::work::Work;

/// What the exceptions about it are about.
pub(crate) const ABOUT: &str = "eligibility";

/// What the policy says to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Eligibility {
    /// Yes.
    Eligible,
    /// Only if a person agrees; why.
    NeedsApproval { why: String },
    /// Nobody can say yet: something is missing. The return stays as asked for until the request is replayed.
    Stuck { code: ExceptionCode, reason: String },
}

/// Evaluates a request against the policy.
pub(crate) fn evaluate(work: &Work<'_>) -> Eligibility {
    let state = &work.state;
    if let Err(reason) = check_shape(state) {
        return Eligibility::Stuck {
            code: ExceptionCode::SchemaInvalid,
            reason,
        };
    }
    if let Some(line) = state.lines.iter().find(|line| !line.base.is_positive()) {
        return Eligibility::Stuck {
            code: ExceptionCode::UomInexact,
            reason: format!(
                "line {}: {} {} is not an exact quantity of base units at {}/{}: \
                 correct the conversion of item {} and ask again under a new request id",
                line.line.line_no,
                line.line.qty_requested,
                line.line.uom,
                line.line.base_per_uom.num,
                line.line.base_per_uom.den,
                line.line.sku
            ),
        };
    }
    if let Some(reason) = claims::contradiction(state, work.given.claims) {
        return Eligibility::Stuck {
            code: ExceptionCode::PriceVariance,
            reason,
        };
    }
    let Some(policy) = work.policy() else {
        return gap(format!(
            "no policy of entity {} holds at {}: publish one that covers it, then replay the request",
            state.header.legal_entity, state.header.requested_at
        ));
    };
    if let Some(reason) = invoiced::no_rate(state, policy) {
        return Eligibility::Stuck {
            code: ExceptionCode::FxVariance,
            reason,
        };
    }
    match state.header.return_type {
        ReturnType::Physical | ReturnType::Recall | ReturnType::Intercompany => {}
        ReturnType::CreditOnly if policy.no_receipt_credit().is_some() => {}
        ReturnType::AdvanceCredit if policy.advance_credit().is_some() => {}
        ReturnType::AdvanceReplacement if policy.advance_replacement().is_some() => {}
        ReturnType::Blind => {
            return Eligibility::NeedsApproval {
                why: "goods without announcement".to_owned(),
            };
        }
        ReturnType::CreditOnly
        | ReturnType::AdvanceCredit
        | ReturnType::AdvanceReplacement
        | ReturnType::VendorDirect => {
            return gap(format!(
                "policy {} has no rules for returns of type {}, which credit or replace without goods first: \
                 ask for it as PHYSICAL, or settle it by hand",
                policy.version, state.header.return_type
            ));
        }
    }
    match (replace::eligible(state, policy), window(state, policy)) {
        (Eligibility::NeedsApproval { why }, Eligibility::NeedsApproval { why: also }) => {
            let why = format!("{why}; {also}");
            Eligibility::NeedsApproval { why }
        }
        (Eligibility::Eligible, other) | (_, other @ Eligibility::Stuck { .. }) => other,
        (other, _) => other,
    }
}

fn gap(reason: String) -> Eligibility {
    Eligibility::Stuck {
        code: ExceptionCode::PolicyGap,
        reason,
    }
}

fn check_shape(state: &ReturnState) -> Result<(), String> {
    if state.lines.is_empty() {
        return Err("the request has no lines: ask the sender for them".to_owned());
    }
    for (index, line) in state.lines.iter().enumerate() {
        let no = line.line.line_no;
        if state.lines.iter().take(index).any(|l| l.line.line_no == no) {
            return Err(format!(
                "line number {no} is there twice: ask the sender to number the lines"
            ));
        }
        if !line.line.qty_requested.is_positive() {
            return Err(format!(
                "line {no} asks for {}: a quantity above zero is needed",
                line.line.qty_requested
            ));
        }
    }
    if zone(&state.header.tz).is_none() {
        return Err(format!(
            "time zone {:?} is not known: use a name of the IANA database",
            state.header.tz
        ));
    }
    Ok(())
}

fn window(state: &ReturnState, policy: &Policy) -> Eligibility {
    let mut late: Vec<String> = Vec::new();
    for line in state.lines.iter().map(|line| &line.line) {
        let days = match policy.window_days(&Facts::of(&state.header, line)) {
            Ok(days) => days,
            Err(unanswered) => {
                return gap(format!(
                    "policy {} {} for line {} (item {}, reason {}): {}, then replay the request",
                    policy.version,
                    unanswered.told(Question::Window),
                    line.line_no,
                    line.sku,
                    line.reason,
                    unanswered.fix()
                ));
            }
        };
        if is_outside(state, line, days.value) {
            late.push(format!("line {} by rule {}", line.line_no, days.rule_id));
        }
    }
    if late.is_empty() {
        Eligibility::Eligible
    } else {
        Eligibility::NeedsApproval {
            why: format!("asked outside of the return window: {}", late.join(", ")),
        }
    }
}

/// True if the customer asked outside of the window counted from the invoice: after its end, or before the invoice was
/// written, which nobody can. Without invoice there is nothing to count from; its credit needs approval anyway.
pub(crate) fn is_outside(state: &ReturnState, line: &ReturnLine, days: u32) -> bool {
    let Some(invoice) = &line.invoice_ref else {
        return false;
    };
    let tz = invoice.tz.as_deref().unwrap_or(&state.header.tz);
    let window = zone(tz).and_then(|zone| {
        // A day earlier: the seller's day may have begun when the customer's has not.
        let opens = invoice.date.checked_sub(1.day()).ok()?;
        let closes = invoice
            .date
            .checked_add((i64::from(days) + 1).days())
            .ok()?;
        let opens = opens.to_zoned(zone.clone()).ok()?.timestamp();
        Some(opens..closes.to_zoned(zone).ok()?.timestamp())
    });
    window.is_none_or(|window| !window.contains(&state.header.requested_at))
}

/// The end of the local day that is so many days after `from`: the first instant of the day after it.
pub(crate) fn end_of_day_after(from: Timestamp, tz: &str, days: u32) -> Option<Timestamp> {
    let zone = zone(tz)?;
    let day = from.to_zoned(zone.clone()).date();
    let after = day.checked_add((i64::from(days) + 1).days()).ok()?;
    Some(after.to_zoned(zone).ok()?.timestamp())
}

fn zone(tz: &str) -> Option<TimeZone> {
    if tz == "UTC" {
        return Some(TimeZone::UTC);
    }
    TimeZone::get(tz).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_end_at_local_midnight() {
        let noon: Timestamp = "2026-03-01T18:00:00Z".parse().unwrap();
        let end = end_of_day_after(noon, "America/Chicago", 30).unwrap();
        assert_eq!(end.to_string(), "2026-04-01T05:00:00Z");
        assert_eq!(end_of_day_after(noon, "Moon/Tycho", 30), None);
    }
}
