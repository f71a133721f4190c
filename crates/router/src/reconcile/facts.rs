//! Facts about a return that its state and its effects tell: what left in advance, what suppliers owe, what was to be told.
//! Pure.

use std::collections::BTreeMap;

use canonical::money::round_ratio;
use canonical::{Command, CommandData, EffectKind, Qty};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::{EffectRow, EffectState};
use workflow::{CreditState, LineState, ReturnState};

use super::advances::{Advance, Charged};
use super::claims::{Account, Claim, Credited};
use super::ours::{Ours, Standing};
use super::outward::Told;

/// Kinds of effects that only tell something.
pub(super) const OUTWARD: [EffectKind; 8] = [
    EffectKind::Notify,
    EffectKind::WmsRmaAsn,
    EffectKind::WmsRmaCancel,
    EffectKind::OmsReturnUpdate,
    EffectKind::CrmCase,
    EffectKind::Edi180,
    EffectKind::Edi812,
    EffectKind::UblCreditNote,
];

/// What left in advance, if anything did and it was not taken back as a whole.
pub(super) fn advance(
    state: &ReturnState,
    effects: &[EffectRow],
    zone: &TimeZone,
) -> Option<Advance> {
    let exposure = state.exposure()?;
    let due_at = exposure.due_at?;
    let taken_back = |version: u32| {
        let mut credits = state.credits().iter();
        credits.any(|c| c.version == version && c.state == CreditState::Reversed)
    };
    if exposure.credit.is_some_and(taken_back) {
        return None;
    }
    let key = state.advance_effect()?;
    let left = row_of(effects, key.as_str())?;
    let has_left = !matches!(
        left.state,
        EffectState::Planned | EffectState::Cancelled | EffectState::Rejected
    );
    if !has_left {
        return None;
    }
    let advanced = by_line(state, left);
    let mut advance = Advance {
        return_id: state.return_id().to_owned(),
        rma_number: state.header().rma_number.clone(),
        customer: state.header().customer_account.clone(),
        currency: state.header().currency,
        advanced_minor: advanced.values().sum(),
        missing_minor: 0,
        missing: Qty::ZERO,
        due_at,
        due_on: day(due_at, zone),
        charged: charged(state, effects, due_at),
    };
    let mut missing = 0;
    for line in state.lines() {
        let of_line = advanced.get(&line.line.line_no).copied().unwrap_or(0);
        missing += line.missing().millionths();
        advance.missing_minor += share(of_line, line);
    }
    advance.missing = Qty::from_millionths(missing);
    Some(advance)
}

/// What left by line, with tax: by the memo as it was sent, or the goods' value at the invoice.
fn by_line(state: &ReturnState, left: &EffectRow) -> BTreeMap<u32, i64> {
    let mut amounts = BTreeMap::new();
    let command = serde_json::from_str::<Command>(&left.command).ok();
    if let Some(CommandData::PostCreditMemo(memo)) = command.map(|command| command.data) {
        for line in &memo.lines {
            *amounts.entry(line.line_no).or_insert(0) += line.net_minor + line.tax_minor;
        }
        return amounts;
    }
    for line in state.lines() {
        let whole = (Qty::ZERO, line.base);
        let worth = workflow::credit::worth(&line.line, whole, Qty::whole(100));
        let (net, tax) = worth.unwrap_or_default();
        amounts.insert(line.line.line_no, net + tax);
    }
    amounts
}

/// The part of an amount for what is not back of the line.
fn share(minor: i64, line: &LineState) -> i64 {
    let part = i128::from(minor) * i128::from(line.missing().millionths());
    round_ratio(part, i128::from(line.base.millionths())).unwrap_or(minor)
}

fn charged(state: &ReturnState, effects: &[EffectRow], due_at: Timestamp) -> Option<Charged> {
    let recovery = state.exposure()?.live_recovery()?;
    let row = row_of(effects, recovery.effect_key.as_str());
    let owed = recovery.lines.iter();
    Some(Charged {
        effect_key: recovery.effect_key.as_str().to_owned(),
        minor: owed.map(|line| line.net_minor + line.tax_minor).sum(),
        standing: row.and_then(|row| Standing::of(row.state)),
        since: row.map_or(due_at, |row| row.created_at),
    })
}

/// What is claimed from suppliers of a return, and what they credited; none if neither.
pub(super) fn account(
    state: &ReturnState,
    effects: &[EffectRow],
    zone: &TimeZone,
) -> Option<Account> {
    let claims = effects.iter().filter_map(|row| claim(row, zone)).collect();
    let answers = state.supplier_answers().iter();
    let credits = answers
        .filter_map(|answer| {
            Some(Credited {
                number: answer.credit.clone()?,
                line_no: answer.line_no,
                supplier: answer.supplier.clone(),
                amount: answer.amount,
                qty: answer.qty,
                at: answer.answered_at,
                on: day(answer.answered_at, zone),
            })
        })
        .collect();
    let account = Account {
        return_id: state.return_id().to_owned(),
        rma_number: state.header().rma_number.clone(),
        claims,
        credits,
    };
    let has_any = !account.claims.is_empty() || !account.credits.is_empty();
    has_any.then_some(account)
}

fn claim(row: &EffectRow, zone: &TimeZone) -> Option<Claim> {
    if row.kind != EffectKind::SupplierClaim.word() {
        return None;
    }
    let standing = Standing::of(row.state)?;
    let command: Command = serde_json::from_str(&row.command).ok()?;
    let CommandData::ClaimFromSupplier(claim) = command.data else {
        return None;
    };
    let ours = Ours::of(row, standing, day(row.created_at, zone), zone);
    Some(Claim {
        effect_key: ours.key,
        connector: ours.connector,
        standing,
        since: ours.since,
        dated: ours.dated,
        line_no: claim.goods.line_no,
        supplier: claim.goods.supplier,
        supplier_rma: claim.goods.supplier_rma,
        qty: claim.goods.base_qty,
        amount: claim.amount,
    })
}

/// An effect that only tells something, once it was released.
pub(super) fn told(row: &EffectRow, entity: &str, zone: &TimeZone) -> Option<Told> {
    let kind = OUTWARD.into_iter().find(|kind| row.kind == kind.word())?;
    let standing = Standing::of(row.state)?;
    let command: Command = serde_json::from_str(&row.command).ok()?;
    if command.legal_entity != entity {
        return None;
    }
    let what = match &command.data {
        CommandData::Notify(message) => format!("{} {}", kind.word(), message.milestone),
        _ => kind.word().to_owned(),
    };
    Some(Told {
        ours: Ours::of(row, standing, day(row.created_at, zone), zone),
        what,
    })
}

fn row_of<'r>(effects: &'r [EffectRow], key: &str) -> Option<&'r EffectRow> {
    effects.iter().find(|row| row.effect_key == key)
}

/// The day, where the entity keeps its books.
pub(super) fn day(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}
