//! Whatever is found after the credit, it comes to what a first calculation of it would have given.

use crate::freight_and_label::rules;
use crate::world;
use crate::world::World;
use crate::world::facts::{
    asked, disposed, disposition, inspection, line, received, request, uncredit,
};
use canonical::{Condition, DispositionAction, EffectKey, EventData, Liability, Lifecycle, Reason};
use proptest::prelude::*;
use workflow::{CreditState, Verdict};

const RESTOCK: DispositionAction = DispositionAction::Restock;
const SCRAP: DispositionAction = DispositionAction::Scrap;
const A: Condition = Condition::ANewSealed;
const D: Condition = Condition::DDamaged;
const US01: &str = include_str!("../../../../deploy/policy/us01.toml");

/// Findings in a version; damaged goods are the customer's, the others ours.
fn found(version: u32, goods: &[(&str, i32, Condition)]) -> EventData {
    let mut inspection = inspection("I1", goods);
    inspection.version = version;
    for finding in &mut inspection.findings {
        finding.liability = Some(if finding.condition == A {
            Liability::Seller
        } else {
            Liability::Customer
        });
    }
    EventData::InspectionFinalized(inspection)
}

fn replaced(id: &str, earlier: &str, goods: &[(&str, i32, DispositionAction)]) -> EventData {
    let mut disposition = disposition(id, goods);
    disposition.reverses_disposition_id = Some(earlier.to_owned());
    EventData::DispositionDecided(disposition)
}

fn memo(world: &World) -> EffectKey {
    world.state().credits()[0].effect_key.clone().unwrap()
}

/// What the warehouse says of ten pieces: condition and action of each.
#[derive(Debug, Clone)]
struct Said {
    good: i32,
    cut: i32,
    actions: (DispositionAction, DispositionAction),
}

impl Said {
    fn findings(&self, version: u32) -> EventData {
        found(version, &parts("SKU-1", self.good, (A, D)))
    }

    fn disposition(&self, id: &str, earlier: Option<&str>) -> EventData {
        let goods = parts("SKU-1", self.cut, self.actions);
        match earlier {
            Some(earlier) => replaced(id, earlier, &goods),
            None => disposed(id, &goods),
        }
    }
}

fn parts<T: Copy>(sku: &'static str, first: i32, what: (T, T)) -> Vec<(&'static str, i32, T)> {
    [(sku, first, what.0), (sku, 10 - first, what.1)]
        .into_iter()
        .filter(|(_, qty, _)| *qty > 0)
        .collect()
}

fn said() -> impl Strategy<Value = Said> {
    let action = || {
        prop::sample::select(vec![
            RESTOCK,
            SCRAP,
            DispositionAction::Refurbish,
            DispositionAction::ReturnToCustomer,
        ])
    };
    (0..=10_i32, 0..=10_i32, (action(), action())).prop_map(|(good, cut, actions)| Said {
        good,
        cut,
        actions,
    })
}

/// Fees with bounds, and a percentage by condition: everything that makes a credit more than a sum of its pieces.
fn strict(freight: Option<&str>) -> String {
    let more = freight.map(|credit| rules(credit, "separate_exempt"));
    let strict = US01.replace("\"reduce_base\"", "\"separate_taxable\"")
        + "\n[[credit_percent]]\nid = \"credit-worn\"\npercent = \"33.3\"\n\
           when = { action = \"RESTOCK\", condition = \"D_DAMAGED\" }\n";
    strict + &more.unwrap_or_default()
}

fn opened(reason: Reason, minor: i64, freight: Option<&str>) -> World {
    let mut line = line(1, 10);
    line.reason = reason;
    let invoiced = line.invoiced.as_mut().unwrap();
    invoiced.amount_minor = minor;
    invoiced.taxes[0].amount_minor = minor * 825 / 10_000;
    invoiced.freight_minor = 1001;
    let mut world = World::with_policy(&strict(freight));
    world.tell(asked(request(vec![line])));
    world.tell(received("R1", &[("SKU-1", 10)]));
    world
}

/// Takes back and credits anew what no single document can correct.
fn mend(world: &mut World) {
    while world
        .exceptions
        .values()
        .any(|raised| raised.fingerprint.contains("|correction/"))
    {
        let key = memo(world);
        let live = world
            .state()
            .credits()
            .iter()
            .rev()
            .find(|credit| credit.corrects.is_none() && credit.state == CreditState::Credited);
        let key = live
            .and_then(|credit| credit.effect_key.clone())
            .unwrap_or(key);
        assert_eq!(
            world.tell(uncredit(&format!("U-{key}"), key.as_str(), false)),
            Verdict::Applied
        );
        world.run_down();
    }
}

proptest! {
    #![proptest_config(world::tried(96))]

    #[test]
    fn a_correction_comes_to_what_the_new_findings_give_alone(
        first in said(),
        second in said(),
        third in said(),
        reason in prop::sample::select(vec![Reason::NoLongerNeeded, Reason::WrongItemShipped]),
        minor in 1_000..30_000_i64,
        freight in prop::sample::select(vec![None, Some("with_units"), Some("when_all_came_back")]),
        disposed_first in any::<bool>(),
        in_flight in any::<bool>(),
    ) {
        let mut alone = opened(reason, minor, freight);
        alone.tell(third.findings(1));
        alone.tell(third.disposition("D1", None));
        alone.run_down();
        let mut world = opened(reason, minor, freight);
        world.tell(first.findings(1));
        world.tell(first.disposition("D1", None));
        if !in_flight {
            world.run_down();
        }
        for (n, said) in [(2, &second), (3, &third)] {
            let findings = said.findings(n);
            let disposition = said.disposition(&format!("D{n}"), Some(&format!("D{}", n - 1)));
            let facts = if disposed_first { [disposition, findings] } else { [findings, disposition] };
            for fact in facts {
                prop_assert_eq!(world.tell(fact), Verdict::Applied);
                if !in_flight {
                    world.run_down();
                    mend(&mut world);
                }
            }
        }
        world.run_down();
        mend(&mut world);
        prop_assert_eq!(world.state().credited(), alone.state().credited());
        prop_assert_eq!(world.buckets(), alone.buckets());
        prop_assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
        // and all of it can be taken back, to the minor unit
        let memos: Vec<EffectKey> = world
            .state()
            .credits()
            .iter()
            .filter(|credit| credit.corrects.is_none() && credit.state == CreditState::Credited)
            .filter_map(|credit| credit.effect_key.clone())
            .collect();
        for key in memos {
            world.tell(uncredit(&format!("R-{key}"), key.as_str(), false));
        }
        world.confirm_all();
        prop_assert_eq!(world.state().credited().minor, 0);
        for (line_no, posted) in world::posted(&world) {
            prop_assert_eq!(posted, (0, 0), "net and tax of line {}", line_no);
        }
    }
}
