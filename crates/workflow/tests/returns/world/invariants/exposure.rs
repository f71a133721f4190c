//! What was credited or replaced in advance, and what a failure shows.

use std::collections::BTreeMap;

use canonical::{BusinessCode, CommandData, EffectKind};
use workflow::{EffectRecord, EffectState, ReturnState};

use super::World;

/// At most one recovery is live, each is taken back at most once, and no more is recovered than was advanced.
pub(super) fn check(world: &World, state: &ReturnState) {
    let Some(exposure) = state.exposure() else {
        return;
    };
    let live = exposure
        .recoveries
        .iter()
        .filter(|r| r.reversed_by.is_none());
    assert!(live.count() <= 1, "one live recovery: {exposure:?}");
    let (mut invoices, mut reversals) = (0, BTreeMap::<_, usize>::new());
    for (key, (command, _)) in &world.effects {
        match &command.data {
            CommandData::InvoiceRecovery(_) if !world.cancelled.contains(key) => invoices += 1,
            CommandData::ReverseRecovery(reversal) => {
                *reversals.entry(reversal.reverses.clone()).or_default() += 1;
            }
            _ => {}
        }
    }
    assert!(reversals.values().all(|count| *count == 1), "{reversals:?}");
    let live = usize::from(exposure.live_recovery().is_some());
    assert_eq!(invoices, reversals.len() + live, "{exposure:?}");
    if let Some(recovery) = exposure.live_recovery() {
        let owed: i64 = recovery
            .lines
            .iter()
            .map(|l| l.net_minor + l.tax_minor)
            .sum();
        let advanced: i64 = state
            .lines()
            .iter()
            .filter_map(|line| line.line.invoiced.as_ref())
            .map(|i| i.amount_minor + i.taxes.iter().map(|tax| tax.amount_minor).sum::<i64>())
            .sum();
        assert!(0 < owed && owed <= advanced, "{owed} of {advanced}");
    }
    if exposure.due_at.is_some() {
        assert!(
            !matches!(
                state.lifecycle(),
                canonical::Lifecycle::Expired | canonical::Lifecycle::Cancelled
            ),
            "an exposed return neither expires nor is withdrawn"
        );
    }
}

/// A failure is shown only while an effect is behind it.
pub(super) fn check_code(state: &ReturnState) {
    let code = state.business_code();
    if !matches!(code, BusinessCode::R610 | BusinessCode::R700) {
        return;
    }
    let is_stock = |kind| {
        matches!(
            kind,
            EffectKind::ErpStockTransfer | EffectKind::ErpScrap | EffectKind::ErpReceiptHold
        )
    };
    let is_behind = |effect: &EffectRecord| {
        matches!(effect.state, EffectState::Blocked(_))
            && effect.kind != EffectKind::Notify
            && is_stock(effect.kind) == (code == BusinessCode::R610)
    };
    assert!(state.effects().iter().any(is_behind), "{code} of nothing");
}
