//! Anything may come in any order, sense or none: the invariants hold after every step (see `world::invariants`).
//!
//! Few cases by default, so that the test is quick in a debug build; set PROPTEST_CASES (20000, say) for a long campaign.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod world;

use canonical::approval::Verdict as Say;
use canonical::event::{GoodsInTransit, TimerKind};
use canonical::line::SupplierReturn;
use canonical::{
    Condition, DispositionAction, EffectResult, EventData, HoldFlag, Lifecycle, ReturnType,
};
use proptest::prelude::*;
use workflow::Verdict;
use world::World;
use world::facts::{
    self, asked, at, cancelled, decided, disposition, fired, inspection, line, receipt, request,
    reversed, snapshot, supplier_rma, taken_back,
};

/// Something that happens.
#[derive(Debug, Clone)]
enum Happening {
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
    Decide {
        approve: bool,
        who: usize,
    },
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
    Cancel,
    SupplierRma,
    Transit,
    Again,
    Replay,
}

const CONDITIONS: &[Condition] = Condition::ALL;
const ACTIONS: &[DispositionAction] = DispositionAction::ALL;
const RESULTS: &[EffectResult] = EffectResult::ALL;
const SKUS: [&str; 3] = ["SKU-1", "SKU-2", "SKU-9"];

fn happening() -> impl Strategy<Value = Happening> {
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
        2 => (any::<bool>(), 0..4_usize).prop_map(|(approve, who)| Happening::Decide { approve, who }),
        1 => (0..4_usize, any::<bool>()).prop_map(|(which, wait)| Happening::Ring { which, wait }),
        1 => (0..2_usize, any::<bool>(), 0..6_u8)
            .prop_map(|(flag, held, hour)| Happening::Hold { flag, held, hour }),
        2 => (0..4_usize, any::<bool>()).prop_map(|(which, again)| Happening::Uncredit { which, again }),
        1 => Just(Happening::Cancel),
        1 => Just(Happening::SupplierRma),
        1 => Just(Happening::Transit),
        1 => Just(Happening::Again),
        1 => Just(Happening::Replay),
    ]
}

/// What was asked for: ten pieces of each item, dear enough to need approval, perhaps long after the invoice.
fn opening(dear: bool, old: bool, return_type: ReturnType) -> EventData {
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
    let mut asked_for = request(lines);
    asked_for.return_type = return_type;
    asked_for.customer_segment = Some("key_account".to_owned());
    asked(asked_for)
}

fn tell(world: &mut World, opened: &EventData, happening: &Happening) {
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
        Happening::Decide { approve, who } => {
            let Some(state) = &world.state else { return };
            let Some(approval) = state.open_approvals().next().cloned() else {
                return;
            };
            let name = (approval.approval_id.as_str(), approval.calc_hash.as_str());
            let say = if approve { Say::Approve } else { Say::Reject };
            let user = ["carol", "ivan", "sue", "max"][who];
            let role = approval.required[who % approval.required.len()]
                .role
                .clone();
            decided(name, user, &role, say)
        }
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

proptest! {
    #![proptest_config(world::tried(128))]

    #[test]
    fn invariants_hold_whatever_happens(
        dear in any::<bool>(),
        old in prop::bool::weighted(0.2),
        return_type in prop_oneof![
            3 => Just(ReturnType::Physical),
            1 => Just(ReturnType::CreditOnly),
            2 => Just(ReturnType::AdvanceCredit),
            2 => Just(ReturnType::AdvanceReplacement),
        ],
        granularity in prop::sample::select(vec!["per_slice", "per_receipt", "per_return_complete"]),
        posting in prop::sample::select(vec!["receipt_to_hold", "receipt_to_hold", "at_disposition"]),
        happenings in prop::collection::vec(happening(), 0..40),
    ) {
        let opened = opening(dear, old, return_type);
        let mut world = World::booking(granularity, posting);
        prop_assert_eq!(world.tell(opened.clone()), Verdict::Applied);
        for happening in happenings {
            tell(&mut world, &opened, &happening);
        }
        world.confirm_all();
        let state = world.state();
        if state.lifecycle() == Lifecycle::Settled {
            prop_assert!(state.in_buckets(workflow::Bucket::OPEN).is_zero());
            prop_assert!(!state.is_blocked());
        }
    }
}
