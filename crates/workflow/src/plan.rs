//! Plans effects: the canonical command, its key and what it waits for.

use std::collections::BTreeMap;

use canonical::command::{
    Announcement, AnnouncementCancel, Notification, OrderLine, ReturnOrder, ReturnOrderChange,
    StockMovement,
};
use canonical::line::ReturnLine;
use canonical::{
    BusinessCode, Command, CommandData, EffectKey, EffectKind, EffectResult, Qty, Ratio,
    StockStatus,
};
use jiff::Timestamp;

use crate::booking;
use crate::keys::{self, Keyed, Movement};
use crate::money_state::{EffectRecord, EffectState, movement_of};
use crate::state::ReturnState;
use crate::step::PlannedEffect;
use crate::tax;
use crate::work::Work;

/// Plans an effect and remembers it. `of` says what it is about ("D1/1", a milestone), for the state only.
pub(crate) fn effect(
    work: &mut Work<'_>,
    (key, key_text): Keyed,
    kind: EffectKind,
    of: &str,
    waits_for: Vec<EffectKey>,
    data: CommandData,
) {
    let ready = waits_for.iter().all(|key| work.state.is_confirmed(key));
    let reversal = match &data {
        CommandData::ReverseCreditMemo(reversal) => Some((key.clone(), reversal.clone())),
        _ => None,
    };
    let header = &work.state.header;
    let command = Command {
        effect_key: key.clone(),
        key_text,
        kind,
        return_id: header.return_id.clone(),
        rma_number: header.rma_number.clone(),
        legal_entity: header.legal_entity.clone(),
        site: header.return_to_site.clone(),
        channel: header.channel.clone(),
        customer_account: header.customer_account.clone(),
        correlation_id: header.correlation_id.clone(),
        issued_at: work.given.now,
        data,
    };
    work.state.effects.push(EffectRecord {
        key,
        kind,
        state: if ready {
            EffectState::Ready
        } else {
            EffectState::Planned
        },
        waits_for: waits_for.clone(),
        of: of.to_owned(),
        document_no: String::new(),
    });
    work.step.plan.push(PlannedEffect {
        command,
        depends_on: waits_for,
        ready,
    });
    // Whoever takes a credit back, the tax engine learns of it.
    if let Some((key, reversal)) = reversal {
        tax::void(work, &key, &reversal);
    }
}

/// Withdraws an effect that was never ready; one that was planned by this very event is not planned at all.
pub(crate) fn cancel(work: &mut Work<'_>, key: EffectKey) {
    let before = work.step.plan.len();
    work.step
        .plan
        .retain(|planned| planned.command.effect_key != key);
    if work.step.plan.len() == before {
        work.step.cancel.push(key);
    }
}

/// The return order in the ERP.
pub(crate) fn return_order(work: &mut Work<'_>) {
    let header = &work.state.header;
    let keyed = keys::return_order(&header.return_id, &header.legal_entity);
    let data = CommandData::CreateReturnOrder(ReturnOrder {
        ccy: header.currency,
        lines: order_lines(&work.state),
    });
    effect(
        work,
        keyed,
        EffectKind::ErpReturnOrder,
        "",
        Vec::new(),
        data,
    );
}

/// The announcement to the warehouse.
pub(crate) fn announcement(work: &mut Work<'_>) {
    let header = &work.state.header;
    let keyed = keys::announcement(&header.return_id, &header.return_to_site, 0);
    let data = CommandData::AnnounceReturn(Announcement {
        expires_at: header.expires_at,
        lines: order_lines(&work.state),
    });
    effect(work, keyed, EffectKind::WmsRmaAsn, "", Vec::new(), data);
}

/// Tells the partners of a revision: the ERP what its return order is to become, the warehouse what is still to come, in
/// place of what it was announced.
pub(crate) fn revised(work: &mut Work<'_>) {
    let header = &work.state.header;
    let revision = work.state.revision;
    let of = format!("revision {revision}");
    let (ordered_as, _) = keys::return_order(&header.return_id, &header.legal_entity);
    if work.state.effect(&ordered_as).is_some() {
        let keyed = keys::return_order_change(&header.return_id, &header.legal_entity, revision);
        let data = CommandData::ChangeReturnOrder(ReturnOrderChange {
            ordered_as,
            ccy: header.currency,
            lines: order_lines(&work.state),
        });
        let after = after_order_changes(&work.state);
        effect(work, keyed, EffectKind::ErpReturnOrder, &of, after, data);
    }
    if last_announcement(&work.state).is_none() {
        return;
    }
    announcement_cancel(work, &format!("it is announced anew: {of}"));
    let lines = expected_lines(&work.state);
    if lines.is_empty() {
        return;
    }
    let header = &work.state.header;
    let keyed = keys::announcement(&header.return_id, &header.return_to_site, revision);
    let cancels = work.state.effects.iter();
    let cancels = cancels.filter(|effect| effect.kind == EffectKind::WmsRmaCancel);
    let after = cancels.map(|effect| effect.key.clone()).collect();
    let data = CommandData::AnnounceReturn(Announcement {
        expires_at: header.expires_at,
        lines,
    });
    effect(work, keyed, EffectKind::WmsRmaAsn, &of, after, data);
}

/// The return order and its changes so far: one after the other.
fn after_order_changes(state: &ReturnState) -> Vec<EffectKey> {
    let orders = state.effects.iter();
    let orders = orders.filter(|effect| effect.kind == EffectKind::ErpReturnOrder);
    orders.map(|effect| effect.key.clone()).collect()
}

/// The revision whose announcement is the last one.
fn last_announcement(state: &ReturnState) -> Option<u32> {
    let header = &state.header;
    let is_planned = |revision: &u32| {
        let (key, _) = keys::announcement(&header.return_id, &header.return_to_site, *revision);
        state.effect(&key).is_some()
    };
    (0..=state.revision).rev().find(is_planned)
}

/// The withdrawal of the announcement; after the announcement, so that they cannot overtake each other.
pub(crate) fn announcement_cancel(work: &mut Work<'_>, reason: &str) {
    let header = &work.state.header;
    let Some(revision) = last_announcement(&work.state) else {
        return;
    };
    let (announced_as, _) = keys::announcement(&header.return_id, &header.return_to_site, revision);
    let never_came = EffectState::Blocked(EffectResult::Rejected);
    let announced = work.state.effect(&announced_as);
    if announced.is_none_or(|effect| effect.state == never_came) {
        return;
    }
    let keyed = keys::announcement_cancel(&header.return_id, &header.return_to_site, revision);
    if work.state.effect(&keyed.0).is_some() {
        return;
    }
    let data = CommandData::CancelAnnouncement(AnnouncementCancel {
        announced_as: announced_as.clone(),
        reason: reason.to_owned(),
    });
    effect(
        work,
        keyed,
        EffectKind::WmsRmaCancel,
        "",
        vec![announced_as],
        data,
    );
}

/// A message to the customer about a milestone.
pub(crate) fn notification(work: &mut Work<'_>, milestone: BusinessCode) {
    let header = &work.state.header;
    let earlier = work
        .state
        .effects
        .iter()
        .filter(|effect| effect.kind == EffectKind::Notify && effect.of == milestone.word())
        .count();
    let seq = u32::try_from(earlier).unwrap_or(u32::MAX).saturating_add(1);
    let (channel, recipient) = (&header.channel, &header.customer_account);
    let keyed = keys::notification(&header.return_id, milestone, seq, channel, recipient);
    let mut values = BTreeMap::from([
        ("rma_number".to_owned(), header.rma_number.clone()),
        ("status".to_owned(), milestone.sentence().to_owned()),
    ]);
    if let Some(expires_at) = header.expires_at {
        values.insert("expires_at".to_owned(), expires_at.to_string());
    }
    if milestone == BusinessCode::R540 {
        values.insert("credited".to_owned(), work.state.credited().to_string());
    }
    let data = CommandData::Notify(Notification {
        milestone,
        milestone_seq: seq,
        channel: channel.clone(),
        recipient: recipient.clone(),
        values,
    });
    effect(
        work,
        keyed,
        EffectKind::Notify,
        milestone.word(),
        Vec::new(),
        data,
    );
}

/// Stock to be moved for an allocation.
pub(crate) struct Move<'a> {
    pub(crate) of: Movement<'a>,
    pub(crate) sku: String,
    pub(crate) uom: String,
    pub(crate) qty: Qty,
    pub(crate) site: String,
    pub(crate) at: Timestamp,
    pub(crate) serials: Vec<String>,
}

/// The movement to where the goods end, after the return order and after everything that put such goods on hold.
pub(crate) fn movement(work: &mut Work<'_>, stock: Move<'_>) {
    let keyed = keys::movement(work.state.return_id(), &stock.of);
    let of = movement_of(
        stock.of.disposition_id,
        stock.of.allocation_id,
        stock.of.portion,
    );
    let data = StockMovement {
        sku: stock.sku,
        base_qty: stock.qty,
        uom: stock.uom,
        site: stock.site,
        from_status: booking::before_disposition(&work.state),
        to_status: stock.of.target,
        disposition_id: stock.of.disposition_id.to_owned(),
        moved_at: stock.at,
        serials: stock.serials,
    };
    let mut waits_for = after_return_order(&work.state);
    waits_for.extend(booking::into_hold(&work.state, &data.sku));
    let kind = movement_kind(stock.of.target);
    effect(
        work,
        keyed,
        kind,
        &of,
        waits_for,
        CommandData::MoveStock(data),
    );
}

pub(crate) fn movement_kind(target: StockStatus) -> EffectKind {
    if target == StockStatus::Scrapped {
        EffectKind::ErpScrap
    } else {
        EffectKind::ErpStockTransfer
    }
}

/// What stock and money wait for: the return order.
pub(crate) fn after_return_order(state: &ReturnState) -> Vec<EffectKey> {
    let header = &state.header;
    vec![keys::return_order(&header.return_id, &header.legal_entity).0]
}

fn order_lines(state: &ReturnState) -> Vec<OrderLine> {
    let lines = state.lines.iter().map(|line| &line.line);
    let lines = lines.filter(|line| line.qty_authorized.is_positive());
    lines
        .map(|line| order_line(line, line.qty_authorized, &line.uom))
        .collect()
}

/// What is still to come: in the unit of the line, or in base units where it is no whole number of those.
fn expected_lines(state: &ReturnState) -> Vec<OrderLine> {
    let lines = state.lines.iter();
    let lines = lines.filter(|line| line.expected().is_positive());
    lines
        .map(|line| {
            let (line, expected) = (&line.line, line.expected());
            let inverse = Ratio {
                num: line.base_per_uom.den,
                den: line.base_per_uom.num,
            };
            let in_its_unit = expected.times(inverse);
            match in_its_unit.filter(|qty| qty.times(line.base_per_uom) == Some(expected)) {
                Some(qty) => order_line(line, qty, &line.uom),
                None => order_line(line, expected, base_uom(line)),
            }
        })
        .collect()
}

fn order_line(line: &ReturnLine, qty: Qty, uom: &str) -> OrderLine {
    OrderLine {
        line_no: line.line_no,
        sku: line.sku.clone(),
        qty,
        uom: uom.to_owned(),
        reason: line.reason,
        order: line.order_ref.as_ref().map(|order| order.order.clone()),
        invoice_ref: line.invoice_ref.clone(),
        serials: line.expected_serials.clone(),
    }
}

/// Unit in which base units are counted: the line's own, or each ("EA") when the line is in packs.
pub(crate) fn base_uom(line: &ReturnLine) -> &str {
    if line.base_per_uom == Ratio::ONE {
        &line.uom
    } else {
        "EA"
    }
}

/// Base units of a quantity that a partner counted in `uom`: the line's unit, or base units. `None` if there is no exact
/// conversion.
pub(crate) fn to_base(line: &ReturnLine, qty: Qty, uom: &str) -> Option<Qty> {
    if uom == line.uom {
        qty.times(line.base_per_uom)
    } else if uom == base_uom(line) {
        Some(qty)
    } else {
        None
    }
}
