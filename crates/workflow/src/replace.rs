//! Other goods for the customer: before the goods are back, or because a disposition says so. One excludes the other.

use canonical::command::ReplacementOrder;
use canonical::disposition::Disposition;
use canonical::exception::Severity;
use canonical::line::ReplacementMode;
use canonical::{CommandData, DispositionAction, EffectKind, ExceptionCode, Qty, ReturnType};

use crate::eligibility::Eligibility;
use crate::exposure::{self, Exposure, ExposureKind};
use crate::keys::{self, Keyed};
use crate::money_state::{EffectState, movement_of};
use crate::park::ParkedAllocation;
use crate::plan::{self, base_uom};
use crate::policy::Policy;
use crate::state::{LineState, ReturnState};
use crate::work::{Problem, Work};

const fn replaces(action: DispositionAction) -> bool {
    matches!(
        action,
        DispositionAction::ReplaceRestock | DispositionAction::ReplaceScrap
    )
}

/// May the goods of this return be replaced as it asks for?
pub(crate) fn eligible(state: &ReturnState, policy: &Policy) -> Eligibility {
    let is_up_front = exposure::is_replaced_up_front(state);
    let wrong = if is_up_front {
        ReplacementMode::ByDisposition
    } else {
        ReplacementMode::UpFront
    };
    let is_wrong = |line: &&LineState| {
        let replacement = line.line.replacement.as_ref();
        replacement.is_some_and(|replacement| replacement.mode == wrong)
    };
    if let Some(line) = state.lines.iter().find(is_wrong) {
        let reason = format!(
            "line {} of a return of type {} names a replacement that is sent at another time: \
             ask for replacements before the goods are back as {}, and for no others there",
            line.line.line_no,
            state.header.return_type,
            ReturnType::AdvanceReplacement
        );
        return Eligibility::Stuck {
            code: ExceptionCode::SchemaInvalid,
            reason,
        };
    }
    let Some(terms) = policy.advance_replacement().filter(|_| is_up_front) else {
        return Eligibility::Eligible;
    };
    if let Some(line) = state.lines.iter().find(|line| line.line.invoiced.is_none()) {
        let reason = format!(
            "line {} is to be replaced before its goods are back and names no invoice, so that nobody could say what is \
             owed if they never come: ask the sender for the invoice line and for a new request",
            line.line.line_no
        );
        return Eligibility::Stuck {
            code: ExceptionCode::MasterDataMissing,
            reason,
        };
    }
    let outside = exposure::outside(state, terms, exposure::replaced_value(state, policy));
    if outside.is_empty() {
        Eligibility::Eligible
    } else {
        Eligibility::NeedsApproval {
            why: format!("replacement before the goods: {}", outside.join(", ")),
        }
    }
}

/// Orders the replacement of every line; from now on their goods are due.
pub(crate) fn up_front(work: &mut Work<'_>, policy: &Policy) {
    let Some(terms) = policy.advance_replacement() else {
        return;
    };
    for index in 0..work.state.lines.len() {
        let Some(line) = work.state.lines.get(index) else {
            continue;
        };
        let keyed = keys::replacement_up_front(work.state.return_id(), &line.line.line_id);
        let order = match &line.line.replacement {
            Some(replacement) => ordered(
                line,
                (replacement.qty, &replacement.uom),
                ReplacementMode::UpFront,
            ),
            None => ordered(
                line,
                (line.line.qty_requested, &line.line.uom),
                ReplacementMode::UpFront,
            ),
        };
        send(work, keyed, "", order);
    }
    work.state.exposure = Some(Exposure::new(ExposureKind::Replacement));
    exposure::begin(work, terms);
}

/// Orders what goes out for goods that a disposition replaces, line by line.
pub(crate) fn by_disposition(
    work: &mut Work<'_>,
    disposition: &str,
    allocation: &ParkedAllocation,
    taken: &[(usize, Qty)],
) {
    if !replaces(allocation.action) {
        return;
    }
    let of = movement_of(disposition, &allocation.id, allocation.portion);
    for (index, qty) in taken {
        let Some(line) = work.state.lines.get(*index) else {
            continue;
        };
        let mode = ReplacementMode::ByDisposition;
        let order = match &line.line.replacement {
            Some(replacement) => share(replacement.qty, *qty, line.base)
                .map(|qty| ordered(line, (qty, &replacement.uom), mode)),
            None => Some(ordered(line, (*qty, base_uom(&line.line)), mode)),
        };
        let Some(order) = order else {
            inexact(work, *index, *qty, disposition);
            continue;
        };
        let keyed =
            keys::replacement_by_disposition(work.state.return_id(), &line.line.line_id, &of);
        send(work, keyed, &about(disposition), order);
    }
}

fn ordered(line: &LineState, (qty, uom): (Qty, &str), mode: ReplacementMode) -> ReplacementOrder {
    let wanted = line.line.replacement.as_ref();
    ReplacementOrder {
        line_no: line.line.line_no,
        sku: wanted.map_or(&line.line.sku, |wanted| &wanted.sku).clone(),
        qty,
        uom: uom.to_owned(),
        from_site: wanted
            .and_then(|wanted| wanted.site.clone())
            .unwrap_or_default(),
        mode,
        order: line
            .line
            .order_ref
            .as_ref()
            .map(|order| order.order.clone()),
    }
}

/// The part of a replacement that stands for so many of so many base units; none if it is not exact.
fn share(whole: Qty, part: Qty, of: Qty) -> Option<Qty> {
    let product = i128::from(whole.millionths()) * i128::from(part.millionths());
    let of = i128::from(of.millionths());
    if of == 0 || product % of != 0 {
        return None;
    }
    i64::try_from(product / of).ok().map(Qty::from_millionths)
}

fn inexact(work: &mut Work<'_>, index: usize, qty: Qty, disposition: &str) {
    let line_no = work
        .state
        .lines
        .get(index)
        .map_or(0, |line| line.line.line_no);
    work.raise(Problem {
        code: ExceptionCode::UomInexact,
        severity: Severity::Error,
        about: &format!("replacement/{disposition}/{line_no}"),
        reason: format!(
            "disposition {disposition} replaces {qty} base units of line {line_no}, and the replacement that the line names \
             cannot be cut so exactly: order it by hand"
        ),
    });
}

fn send(work: &mut Work<'_>, keyed: Keyed, of: &str, order: ReplacementOrder) {
    let waits_for = plan::after_return_order(&work.state);
    let data = CommandData::OrderReplacement(order);
    plan::effect(
        work,
        keyed,
        EffectKind::ReplacementOrder,
        of,
        waits_for,
        data,
    );
}

/// Goods that are replaced already are not replaced again: such a disposition is refused as a whole.
pub(crate) fn check(
    work: &mut Work<'_>,
    id: &str,
    disposition: &Disposition,
) -> Result<(), String> {
    if !exposure::is_replaced_up_front(&work.state) {
        return Ok(());
    }
    let mut allocations = disposition.allocations.iter();
    let Some(first) = allocations.find(|allocation| replaces(allocation.action)) else {
        return Ok(());
    };
    let reason = format!(
        "disposition {id} is refused: it replaces item {} ({}), for which the replacement was sent before the goods came; \
         have the warehouse decide again without a replacement, as RESTOCK or SCRAP",
        first.sku, first.action
    );
    work.raise(Problem {
        code: ExceptionCode::NotAllowedNow,
        severity: Severity::Error,
        about: &format!("disposition/{id}"),
        reason: reason.clone(),
    });
    Err(reason)
}

/// How the state remembers what follows from a disposition besides stock and credit.
pub(crate) fn about(disposition: &str) -> String {
    format!("follows {disposition}")
}

/// A disposition whose replacement or supplier return may be under way is not taken back.
pub(crate) fn check_undone(work: &mut Work<'_>, by: &str, disposition: &str) -> Result<(), String> {
    let wanted = about(disposition);
    let is_out = |effect: &&crate::EffectRecord| {
        let is_kept = matches!(effect.state, EffectState::Planned | EffectState::Cancelled);
        effect.of == wanted && !is_kept
    };
    let Some(effect) = work.state.effects.iter().find(is_out) else {
        return Ok(());
    };
    let reason = format!(
        "disposition {by} cannot take disposition {disposition} back now: its {} may be under way already; \
         stop that in its target, and settle the goods by hand",
        effect.kind
    );
    work.raise(Problem {
        code: ExceptionCode::NotAllowedNow,
        severity: Severity::Error,
        about: &format!("disposition/{by}"),
        reason: reason.clone(),
    });
    Err(reason)
}

/// A disposition was taken back: what follows from it and was never ready is not wanted any more.
pub(crate) fn withdraw(work: &mut Work<'_>, disposition: &str) {
    let wanted = about(disposition);
    let mut gone = Vec::new();
    for effect in &mut work.state.effects {
        if effect.of == wanted && effect.state == EffectState::Planned {
            effect.state = EffectState::Cancelled;
            gone.push(effect.key.clone());
        }
    }
    for key in gone {
        plan::cancel(work, key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replacement_is_cut_exactly_or_not_at_all() {
        let whole = Qty::whole;
        assert_eq!(share(whole(2), whole(5), whole(10)), Some(whole(1)));
        assert_eq!(share(whole(1), whole(1), whole(3)), None);
        assert_eq!(share(whole(1), whole(1), whole(0)), None);
    }
}
