//! Something that happens to a return, sense or none, in any order.

use canonical::approval::Verdict as Say;
use canonical::event::{AmendRequest, GoodsInTransit, LineAmendment, SupplierAnswer, TimerKind};
use canonical::line::SupplierReturn;
use canonical::{
    Condition, Currency, DispositionAction, EffectResult, EventData, HoldFlag, Qty, Ratio,
    ReturnType,
};
use proptest::prelude::*;
use workflow::Verdict;

use super::World;
use super::facts::{
    self, asked, at, cancelled, decided, disposition, fired, inspection, line, receipt, request,
    reversed, snapshot, supplier_rma, taken_back,
};

/// Something that happens.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    Receipt {
        id: u8,
        sku: u8,
        qty: i32,
        late: bool,
    },
    Reversal {
        id: u8,
    },
    TakenBack {
        reversal: u8,
        id: u8,
        sku: u8,
        qty: i32,
    },
    Inspection {
        id: u8,
        version: u32,
        sku: u8,
        qty: i32,
        condition: usize,
    },
    Disposition {
        id: u8,
        sku: u8,
        qty: i32,
        action: usize,
        reverses: Option<u8>,
    },
    Snapshot {
        hour: u8,
        sku: u8,
        received: i32,
        restocked: i32,
        scrapped: i32,
    },
    Settle {
        which: usize,
        result: usize,
    },
    /// Any approval there ever was; `stale`: for another calculation than it was asked for.
    Decide {
        which: usize,
        approve: bool,
        who: usize,
        stale: bool,
    },
    Amend {
        line_no: u32,
        qty: i32,
    },
    AddLine {
        qty: i32,
    },
    SupplierCredit,
    Ring {
        which: usize,
        wait: bool,
    },
    Hold {
        flag: usize,
        held: bool,
        hour: u8,
    },
    Uncredit {
        which: usize,
        again: bool,
    },
    /// Everything is approved and confirmed.
    RunDown,
    Cancel,
    SupplierRma,
    Transit,
    Again,
    Replay,
}

/// Dollars for an euro.
const EUROS: Ratio = Ratio { num: 11, den: 10 };
const CONDITIONS: &[Condition] = Condition::ALL;
pub(crate) const ACTIONS: &[DispositionAction] = DispositionAction::ALL;
const RESULTS: &[EffectResult] = EffectResult::ALL;
const SKUS: [&str; 3] = ["SKU-1", "SKU-2", "SKU-9"];

pub(crate) fn happening() -> impl Strategy<Value = Happening> {
    let sku = || prop_oneof![4 => 0..2_u8, 1 => Just(2_u8)];
    prop_oneof![
        4 => (0..4_u8, sku(), 1..9_i32, prop::bool::weighted(0.1))
            .prop_map(|(id, sku, qty, late)| Happening::Receipt { id, sku, qty, late }),
        1 => (0..4_u8).prop_map(|id| Happening::Reversal { id }),
        2 => (0..6_u8, 0..4_u8, sku(), 1..4_i32)
            .prop_map(|(reversal, id, sku, qty)| Happening::TakenBack { reversal, id, sku, qty }),
        4 => (0..3_u8, 1..4_u32, sku(), 1..9_i32, 0..CONDITIONS.len()).prop_map(
            |(id, version, sku, qty, condition)| Happening::Inspection { id, version, sku, qty, condition }
        ),
        4 => (0..5_u8, sku(), 1..9_i32, 0..ACTIONS.len(), prop::option::weighted(0.3, 0..5_u8)).prop_map(
            |(id, sku, qty, action, reverses)| Happening::Disposition { id, sku, qty, action, reverses }
        ),
        1 => (0..5_u8, sku(), 0..9_i32, 0..5_i32, 0..5_i32).prop_map(
            |(hour, sku, received, restocked, scrapped)| Happening::Snapshot {
                hour, sku, received, restocked, scrapped
            }
        ),
        6 => (0..9_usize, 0..RESULTS.len()).prop_map(|(which, result)| Happening::Settle { which, result }),
        3 => (0..6_usize, prop::bool::weighted(0.8), 0..4_usize, prop::bool::weighted(0.2)).prop_map(
            |(which, approve, who, stale)| Happening::Decide { which, approve, who, stale }
        ),
        1 => (1..4_u32, 0..11_i32).prop_map(|(line_no, qty)| Happening::Amend { line_no, qty }),
        1 => (1..5_i32).prop_map(|qty| Happening::AddLine { qty }),
        1 => Just(Happening::SupplierCredit),
        1 => (0..4_usize, any::<bool>()).prop_map(|(which, wait)| Happening::Ring { which, wait }),
        1 => (0..2_usize, any::<bool>(), 0..6_u8)
            .prop_map(|(flag, held, hour)| Happening::Hold { flag, held, hour }),
        2 => (0..4_usize, any::<bool>()).prop_map(|(which, again)| Happening::Uncredit { which, again }),
        1 => Just(Happening::RunDown),
        1 => Just(Happening::Cancel),
        1 => Just(Happening::SupplierRma),
        1 => Just(Happening::Transit),
        1 => Just(Happening::Again),
        1 => Just(Happening::Replay),
    ]
}

/// A decision on one of the return's approvals, the open ones first.
fn decision(
    world: &World,
    (which, approve, who, stale): (usize, bool, usize, bool),
) -> Option<EventData> {
    let state = world.state.as_ref()?;
    let open = state.open_approvals();
    let all: Vec<_> = open.chain(state.approvals()).cloned().collect();
    let approval = all.get(which % all.len().max(1))?;
    let hash = if stale {
        "of-something-else"
    } else {
        &approval.calc_hash
    };
    let say = if approve { Say::Approve } else { Say::Reject };
    let user = ["carol", "ivan", "sue", "max"][who];
    let role = approval
        .required
        .get(who % approval.required.len().max(1))?;
    let name = (approval.approval_id.as_str(), hash);
    Some(decided(name, user, &role.role, say))
}

/// What was asked for: ten pieces of each item, dear enough to need approval, perhaps long after the invoice.
pub(crate) fn opening(
    (dear, old, euros): (bool, bool, bool),
    return_type: ReturnType,
) -> EventData {
    let mut lines = vec![line(1, 8), line(2, 10)];
    for line in &mut lines {
        line.supplier_return = Some(SupplierReturn {
            supplier: "V-77".to_owned(),
            supplier_rma: None,
            rma_required: line.line_no == 2,
        });
        if dear {
            line.invoiced.as_mut().unwrap().amount_minor = 200_000;
        }
        if old {
            line.invoice_ref.as_mut().unwrap().date = jiff::civil::date(2026, 1, 1);
        }
    }
    if euros {
        for invoiced in lines.iter_mut().filter_map(|line| line.invoiced.as_mut()) {
            invoiced.ccy = Currency::EUR;
            invoiced.fx_rate = EUROS;
        }
    }
    let mut asked_for = request(lines);
    if euros {
        asked_for.currency = Currency::EUR;
        asked_for.base_currency = Some(Currency::USD);
        asked_for.fx_rate = EUROS;
    }
    asked_for.return_type = return_type;
    asked_for.customer_segment = Some("key_account".to_owned());
    asked(asked_for)
}

pub(crate) fn tell(world: &mut World, opened: &EventData, happening: &Happening) {
    let event = match happening.clone() {
        Happening::Receipt { id, sku, qty, late } => {
            let mut receipt = receipt(&format!("R{id}"), &[(SKUS[usize::from(sku)], qty)]);
            if late {
                receipt.received_at = at("2026-12-01T00:00:00Z");
            }
            EventData::ReceiptRecorded(receipt)
        }
        Happening::Reversal { id } => reversed(&format!("R{id}")),
        Happening::TakenBack {
            reversal,
            id,
            sku,
            qty,
        } => taken_back(
            &format!("PART{reversal}"),
            &format!("R{id}"),
            &[(SKUS[usize::from(sku)], qty)],
        ),
        Happening::Inspection {
            id,
            version,
            sku,
            qty,
            condition,
        } => {
            let found = [(SKUS[usize::from(sku)], qty, CONDITIONS[condition])];
            let mut inspection = inspection(&format!("I{id}"), &found);
            inspection.version = version;
            EventData::InspectionFinalized(inspection)
        }
        Happening::Disposition {
            id,
            sku,
            qty,
            action,
            reverses,
        } => {
            let goods = [(SKUS[usize::from(sku)], qty, ACTIONS[action])];
            let mut disposition = disposition(&format!("D{id}"), &goods);
            disposition.reverses_disposition_id = reverses.map(|id| format!("D{id}"));
            EventData::DispositionDecided(disposition)
        }
        Happening::Snapshot {
            hour,
            sku,
            received,
            restocked,
            scrapped,
        } => snapshot(
            &format!("2026-05-05T1{hour}:00:00Z"),
            &[(SKUS[usize::from(sku)], received, restocked, scrapped)],
        ),
        Happening::Settle { which, result } => {
            let ready: Vec<_> = world
                .effects
                .iter()
                .filter(|(_, (_, ready))| *ready)
                .map(|(key, _)| key.clone())
                .collect();
            if let Some(key) = ready.get(which % ready.len().max(1)) {
                world.settle(key, RESULTS[result]);
            }
            return;
        }
        Happening::Decide {
            which,
            approve,
            who,
            stale,
        } => {
            let Some(event) = decision(world, (which, approve, who, stale)) else {
                return;
            };
            event
        }
        Happening::Amend { line_no, qty } => EventData::AmendRequested(AmendRequest {
            request_id: format!("A{line_no}-{qty}"),
            requested_by: "carol".to_owned(),
            reason: "miscounted".to_owned(),
            lines: vec![LineAmendment {
                line_no,
                qty_requested: Some(Qty::whole(qty)),
                reason: None,
            }],
            added: Vec::new(),
        }),
        Happening::AddLine { qty } => EventData::AmendRequested(AmendRequest {
            request_id: format!("L{qty}"),
            requested_by: "carol".to_owned(),
            reason: "forgotten".to_owned(),
            lines: Vec::new(),
            added: vec![line(7, qty)],
        }),
        Happening::SupplierCredit => EventData::SupplierAnswered(SupplierAnswer {
            line_no: None,
            supplier: "V-77".to_owned(),
            supplier_rma: None,
            credit: Some("SC-1".to_owned()),
            amount: None,
            qty: None,
            answered_at: at("2026-05-09T10:00:00Z"),
        }),
        Happening::Ring { which, wait } => {
            let timers: Vec<_> = world.timers.values().cloned().collect();
            let Some(timer) = timers.get(which % timers.len().max(1)) else {
                return;
            };
            if wait && world.now < timer.due_at {
                world.now = timer.due_at;
            }
            fired(timer.kind, &timer.of, timer.due_at)
        }
        Happening::Hold { flag, held, hour } => {
            let flag = [HoldFlag::CustomerHold, HoldFlag::Recall][flag];
            facts::held(flag, held, &format!("2026-05-05T1{hour}:00:00Z"))
        }
        Happening::Uncredit { which, again } => {
            let Some(state) = &world.state else { return };
            let keys: Vec<_> = state
                .credits()
                .iter()
                .filter_map(|credit| credit.effect_key.clone())
                .collect();
            let Some(key) = keys.get(which % keys.len().max(1)) else {
                return;
            };
            facts::uncredit(&format!("U{which}"), key.as_str(), again)
        }
        Happening::RunDown => {
            world.run_down();
            return;
        }
        Happening::Cancel => cancelled(),
        Happening::SupplierRma => supplier_rma("V-77", "VRMA-1"),
        Happening::Transit => EventData::GoodsInTransit(GoodsInTransit {
            carrier: None,
            tracking_no: "1Z".to_owned(),
            shipped_at: world.now,
        }),
        Happening::Again => opened.clone(),
        Happening::Replay => {
            let verdict = world.replay(opened.clone(), None);
            let is_due = |at| at <= world.now;
            let exposure = world.state.as_ref().and_then(|state| state.exposure());
            if exposure
                .and_then(|exposure| exposure.due_at)
                .is_some_and(is_due)
            {
                // time alone makes an advance due, whoever looks first
                return;
            }
            assert_eq!(verdict, Verdict::Duplicate, "nothing was mended");
            return;
        }
    };
    let verdict = world.tell(event.clone());
    if matches!(verdict, Verdict::Applied | Verdict::Parked) {
        let is_timer =
            matches!(&event, EventData::TimerFired(t) if t.kind == TimerKind::ApprovalSla);
        let again = world.tell(event);
        assert!(
            is_timer || matches!(again, Verdict::Duplicate | Verdict::Ignored(_)),
            "told twice, it is {again:?}"
        );
    }
}
