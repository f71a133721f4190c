//! Stock on hold in the ERP: booked in when goods arrive, out again when a receipt is taken back.
//!
//! Everything of the return's items is booked, accepted or not: what came beyond the authorised quantity or with a wrong
//! serial number stands in the warehouse all the same, so the ERP shows it on hold too. Not booked are goods that belong
//! to no line (another item, a unit that does not convert, a return that was never authorised): under which item and in
//! which unit the ERP would carry them is not known here. They stay with the exception until a person matches them.
//!
//! Whatever takes goods off hold waits for everything that put such goods there before it, so that the ERP never shows
//! less than nothing.

use canonical::command::StockMovement;
use canonical::receipt::{Receipt, ReceiptReversal};
use canonical::{CommandData, EffectKey, EffectKind, Qty, StockStatus};
use jiff::Timestamp;

use crate::facts::ReceivedLine;
use crate::keys::{self, Arrived};
use crate::money_state::EffectState;
use crate::plan::{self, base_uom};
use crate::policy::InventoryPosting;
use crate::state::ReturnState;
use crate::work::Work;

/// Books the goods of a received line into hold, after the return order.
pub(crate) fn goods_in(work: &mut Work<'_>, receipt: &Receipt, line: &ReceivedLine) {
    if work.state.posting == InventoryPosting::AtDisposition {
        return;
    }
    let Some(mut data) = movement(&work.state, line, line.placed()) else {
        return;
    };
    data.site.clone_from(&receipt.site);
    data.moved_at = receipt.received_at;
    data.serials.clone_from(&line.serials);
    let of = Arrived {
        site: &receipt.site,
        receipt_id: &receipt.receipt_id,
        line_id: &line.id,
    };
    let keyed = keys::goods_receipt(work.state.return_id(), of);
    let waits_for = plan::after_return_order(&work.state);
    let what = into_hold_as(&work.state, &data.sku);
    plan::effect(
        work,
        keyed,
        EffectKind::ErpReceiptHold,
        &what,
        waits_for,
        CommandData::MoveStock(data),
    );
}

/// Books goods of a received line out of hold again. A booking that nobody could have sent yet, and on which nothing
/// else rests, is cancelled instead when all of it goes.
pub(crate) fn goods_out(
    work: &mut Work<'_>,
    reversal: &ReceiptReversal,
    line: &ReceivedLine,
    qty: Qty,
    serials: &[String],
) {
    let of = Arrived {
        site: &reversal.site,
        receipt_id: &reversal.reverses_receipt_id,
        line_id: &line.id,
    };
    let (booked, _) = keys::goods_receipt(work.state.return_id(), of);
    let is_whole = reversal.lines.is_empty();
    if work.state.effect(&booked).is_none() || (is_whole && withdraw(work, &booked)) {
        return;
    }
    let Some(mut data) = movement(&work.state, line, qty) else {
        return;
    };
    data.site.clone_from(&reversal.site);
    data.moved_at = reversal.reversed_at;
    data.serials = serials.to_vec();
    data.from_status = StockStatus::ReturnsHold;
    data.to_status = StockStatus::None;
    let keyed = keys::goods_receipt_reversal(work.state.return_id(), of, &reversal.reversal_id);
    let waits_for = into_hold(&work.state, &data.sku);
    plan::effect(
        work,
        keyed,
        EffectKind::ErpReceiptHold,
        "",
        waits_for,
        CommandData::MoveStock(data),
    );
}

/// Cancels a booking that waits and for which nothing waits. True if it did.
fn withdraw(work: &mut Work<'_>, booked: &EffectKey) -> bool {
    let rests_on = |effect: &crate::EffectRecord| {
        effect.state != EffectState::Cancelled && effect.waits_for.contains(booked)
    };
    if work.state.effects.iter().any(rests_on) {
        return false;
    }
    let effect = work
        .state
        .effects
        .iter_mut()
        .find(|effect| effect.key == *booked && effect.state == EffectState::Planned);
    let Some(effect) = effect else { return false };
    effect.state = EffectState::Cancelled;
    plan::cancel(work, booked.clone());
    true
}

/// Goods of a received line into hold; nothing if none of them belong to a line of the return.
fn movement(state: &ReturnState, line: &ReceivedLine, qty: Qty) -> Option<StockMovement> {
    let part = line.parts.first().filter(|_| qty.is_positive())?;
    let item = state
        .lines
        .iter()
        .find(|line| line.line.line_no == part.line_no)?;
    Some(StockMovement {
        sku: item.line.sku.clone(),
        base_qty: qty,
        uom: base_uom(&item.line).to_owned(),
        site: String::new(),
        from_status: StockStatus::None,
        to_status: StockStatus::ReturnsHold,
        disposition_id: String::new(),
        moved_at: Timestamp::UNIX_EPOCH,
        serials: Vec::new(),
    })
}

/// Status in which the ERP has goods before their disposition.
pub(crate) fn before_disposition(state: &ReturnState) -> StockStatus {
    match state.posting {
        InventoryPosting::ReceiptToHold => StockStatus::ReturnsHold,
        InventoryPosting::AtDisposition => StockStatus::None,
    }
}

/// Status in which goods end that a disposition does not put into stock: those that the ERP has on hold leave it.
pub(crate) fn without_target(state: &ReturnState) -> Option<StockStatus> {
    match state.posting {
        InventoryPosting::ReceiptToHold => Some(StockStatus::None),
        InventoryPosting::AtDisposition => None,
    }
}

/// How the state remembers an effect that puts goods of an item on hold.
pub(crate) fn into_hold_as(state: &ReturnState, sku: &str) -> String {
    match state.posting {
        InventoryPosting::ReceiptToHold => format!("into-hold {sku}"),
        InventoryPosting::AtDisposition => String::new(),
    }
}

/// Effects that put goods of an item on hold.
pub(crate) fn into_hold(state: &ReturnState, sku: &str) -> Vec<EffectKey> {
    let wanted = into_hold_as(state, sku);
    let is_one = |effect: &&crate::EffectRecord| {
        !wanted.is_empty() && effect.of == wanted && effect.state != EffectState::Cancelled
    };
    let found = state.effects.iter().filter(is_one);
    found.map(|effect| effect.key.clone()).collect()
}
