//! The order and the number of deliveries do not matter: properties over shuffled and repeated facts.
//!
//! Few cases by default, so that the test is quick in a debug build; set PROPTEST_CASES (5000, say) for a long campaign.

use std::collections::{BTreeMap, BTreeSet};

use crate::world;
use crate::world::World;
use crate::world::facts::{asked, disposed, inspected, line, received, request, taken_back};
use canonical::{Condition, DispositionAction, EventData, Qty};
use proptest::prelude::*;
use workflow::{Bucket, Verdict};

const SKUS: [&str; 2] = ["SKU-1", "SKU-2"];
const CONDITIONS: [Condition; 4] = [
    Condition::ANewSealed,
    Condition::BOpened,
    Condition::DDamaged,
    Condition::EDefective,
];
const ACTIONS: [DispositionAction; 5] = [
    DispositionAction::Restock,
    DispositionAction::Scrap,
    DispositionAction::Refurbish,
    DispositionAction::ReturnToCustomer,
    DispositionAction::ReturnToVendor,
];

/// What the warehouse says of a return of up to ten pieces of each item, in the natural order.
#[derive(Debug, Clone)]
struct Story {
    receipts: Vec<Vec<(usize, i32)>>,
    /// Counted too many in a receipt and taken back.
    too_many: Vec<(usize, usize, i32)>,
    findings: Vec<(usize, i32, usize)>,
    allocations: Vec<(usize, i32, usize)>,
    granularity: usize,
    /// Authorised of each item: what came, or all ten.
    authorized: [i32; 2],
}

impl Story {
    fn facts(&self) -> Vec<EventData> {
        [self.arrivals(), self.decisions()].concat()
    }

    /// Receipts, and what is taken back of them.
    fn arrivals(&self) -> Vec<EventData> {
        let mut facts = Vec::new();
        for (index, goods) in self.receipts.iter().enumerate() {
            let surplus = |sku: usize| -> i32 {
                let mine = self.too_many.iter();
                mine.filter(|(receipt, of, _)| (*receipt, *of) == (index, sku))
                    .map(|(_, _, qty)| qty)
                    .sum()
            };
            let goods: Vec<(&str, i32)> = goods
                .iter()
                .map(|(sku, qty)| (SKUS[*sku], *qty + surplus(*sku)))
                .collect();
            facts.push(received(&format!("R{index}"), &goods));
        }
        for (number, (receipt, sku, qty)) in self.too_many.iter().enumerate() {
            facts.push(taken_back(
                &format!("REV{number}"),
                &format!("R{receipt}"),
                &[(SKUS[*sku], *qty)],
            ));
        }
        facts
    }

    /// The inspection and the disposition.
    fn decisions(&self) -> Vec<EventData> {
        let mut facts = Vec::new();
        let found: Vec<(&str, i32, Condition)> = self
            .findings
            .iter()
            .map(|(sku, qty, condition)| (SKUS[*sku], *qty, CONDITIONS[*condition]))
            .collect();
        facts.push(inspected("I1", &found));
        let goods: Vec<(&str, i32, DispositionAction)> = self
            .allocations
            .iter()
            .map(|(sku, qty, action)| (SKUS[*sku], *qty, ACTIONS[*action]))
            .collect();
        facts.push(disposed("D1", &goods));
        facts
    }

    fn asked(&self) -> EventData {
        asked(request(vec![
            line(1, self.authorized[0]),
            line(2, self.authorized[1]),
        ]))
    }

    fn granularity(&self) -> &'static str {
        ["per_slice", "per_receipt", "per_return_complete"][self.granularity]
    }
}

/// Cuts `total` pieces into at most `parts` positive parts.
fn cut(total: i32, parts: usize) -> impl Strategy<Value = Vec<i32>> {
    prop::collection::vec(1..=total.max(1), 0..parts).prop_map(move |mut marks| {
        marks.push(total);
        marks.sort_unstable();
        marks.dedup();
        let mut from = 0;
        let mut cut = Vec::new();
        for mark in marks {
            if from < mark {
                cut.push(mark - from);
            }
            from = mark;
        }
        cut
    })
}

type Named = Vec<(usize, i32, usize)>;

fn of_item(sku: usize, total: i32) -> impl Strategy<Value = (Vec<i32>, Named, Named)> {
    let named = move |most: usize| {
        (cut(total, 3), prop::collection::vec(0..most, 4)).prop_map(move |(parts, picks)| {
            parts
                .into_iter()
                .zip(picks)
                .map(|(qty, pick)| (sku, qty, pick))
                .collect::<Vec<_>>()
        })
    };
    (cut(total, 3), named(CONDITIONS.len()), named(ACTIONS.len()))
}

fn story() -> impl Strategy<Value = Story> {
    let some = prop_oneof![2 => Just(0_usize), 1 => 1..3_usize];
    (1..=10_i32, 1..=10_i32, 0..3_usize, any::<bool>(), some)
        .prop_flat_map(|(one, two, granularity, exact, left_out)| {
            let authorized = if exact { [one, two] } else { [10, 10] };
            (
                of_item(0, one),
                of_item(1, two),
                Just((granularity, authorized, left_out)),
            )
        })
        .prop_map(|(one, two, (granularity, authorized, left_out))| {
            let most = one.0.len().max(two.0.len());
            let receipts = (0..most)
                .map(|index| {
                    [(0, &one.0), (1, &two.0)]
                        .into_iter()
                        .filter_map(|(sku, parts)| parts.get(index).map(|qty| (sku, *qty)))
                        .collect()
                })
                .collect();
            let mut allocations = [one.2, two.2].concat();
            allocations.drain(..left_out.min(allocations.len() - 1));
            Story {
                receipts,
                too_many: Vec::new(),
                findings: [one.1, two.1].concat(),
                allocations,
                granularity,
                authorized,
            }
        })
}

/// A story in which some goods are counted too many and taken back.
fn recounted() -> impl Strategy<Value = Story> {
    let picks = prop::collection::vec((any::<prop::sample::Index>(), 1..4_i32), 1..4);
    (story(), picks).prop_map(|(mut story, picks)| {
        let counted: Vec<(usize, usize)> = story
            .receipts
            .iter()
            .enumerate()
            .flat_map(|(receipt, goods)| goods.iter().map(move |(sku, _)| (receipt, *sku)))
            .collect();
        let named = picks.iter().map(|(pick, qty)| (pick.get(&counted), *qty));
        story.too_many = named
            .map(|((receipt, sku), qty)| (*receipt, *sku, qty))
            .collect();
        story
    })
}

/// Goods of a story in any order, told before their inspection: pieces that are inspected are not taken back. With one
/// receipt there is no other piece that could be meant, and the order is free.
fn told(story: &Story) -> impl Strategy<Value = Vec<EventData>> + use<> {
    let is_free = story.receipts.len() == 1;
    let all = story.facts();
    let parts = (
        Just(story.arrivals()).prop_shuffle(),
        Just(story.decisions()).prop_shuffle(),
        Just(all).prop_shuffle(),
    );
    parts.prop_map(move |(arrivals, decisions, all)| {
        if is_free {
            all
        } else {
            [arrivals, decisions].concat()
        }
    })
}

struct End {
    buckets: Vec<BTreeMap<Bucket, Qty>>,
    keys: BTreeSet<String>,
    credited: i64,
    lifecycle: canonical::Lifecycle,
}

/// The return as asked for, under a policy in which the condition of goods decides on their credit, so that it matters
/// which pieces a disposition takes.
fn opened(story: &Story) -> World {
    let by_condition = "\n[[credit_percent]]\nid = \"credit-broken\"\npercent = \"0\"\n\
        when = { action = \"RESTOCK\", condition = [\"D_DAMAGED\", \"E_DEFECTIVE\"] }\n";
    let text = include_str!("../../../../deploy/policy/us01.toml")
        .replace("\"per_receipt\"", &format!("{:?}", story.granularity()))
        + by_condition;
    let mut world = World::with_policy(&text);
    assert_eq!(world.tell(story.asked()), Verdict::Applied);
    world
}

/// Tells the facts; after each one confirms what may be sent if `eager`, else at the end.
fn run(story: &Story, facts: &[EventData], eager: bool) -> (World, End) {
    let mut world = opened(story);
    for fact in facts {
        let verdict = world.tell(fact.clone());
        assert!(
            !matches!(verdict, Verdict::Ignored(_) | Verdict::UnknownReturn),
            "{verdict:?}"
        );
        if eager {
            world.confirm_all();
        }
    }
    world.confirm_all();
    let end = End {
        buckets: world.buckets(),
        keys: world.keys(),
        credited: world.state().credited().minor,
        lifecycle: world.state().lifecycle(),
    };
    (world, end)
}

proptest! {
    #![proptest_config(world::tried(48))]

    #[test]
    fn any_order_of_the_facts_ends_the_same(
        (story, shuffled) in story().prop_flat_map(|story| {
            let facts = story.facts();
            (Just(story), Just(facts).prop_shuffle())
        }),
        eager in any::<bool>(),
    ) {
        let (_, natural) = run(&story, &story.facts(), false);
        let (_, end) = run(&story, &shuffled, eager);
        prop_assert_eq!(natural.buckets, end.buckets);
        prop_assert_eq!(natural.keys, end.keys);
        prop_assert_eq!(natural.credited, end.credited);
        prop_assert_eq!(natural.lifecycle, end.lifecycle);
    }

    #[test]
    fn parts_taken_back_in_any_order_end_the_same(
        (story, shuffled) in recounted().prop_flat_map(|story| {
            let told = told(&story);
            (Just(story), told)
        }),
        eager in any::<bool>(),
    ) {
        let (world, natural) = run(&story, &story.facts(), false);
        let (_, end) = run(&story, &shuffled, eager);
        prop_assert_eq!(&natural.buckets, &end.buckets);
        prop_assert_eq!(natural.keys, end.keys);
        prop_assert_eq!(natural.credited, end.credited);
        prop_assert_eq!(natural.lifecycle, end.lifecycle);
        prop_assert_eq!(world.raised(canonical::ExceptionCode::OverReceipt), 0);
        let without = Story { too_many: Vec::new(), ..story };
        let (_, counted_right) = run(&without, &without.facts(), false);
        prop_assert_eq!(natural.buckets, counted_right.buckets);
        prop_assert_eq!(natural.credited, counted_right.credited);
        prop_assert_eq!(natural.lifecycle, counted_right.lifecycle);
    }

    #[test]
    fn what_is_told_again_changes_nothing(
        (story, told) in story().prop_flat_map(|story| {
            let facts = story.facts();
            let count = facts.len();
            let again = prop::collection::vec(0..count, 0..6)
                .prop_map(move |picks| picks.into_iter().map(|i| facts[i].clone()).collect::<Vec<_>>());
            let all = story.facts();
            let told = again
                .prop_map(move |again| [all.clone(), again].concat())
                .prop_shuffle();
            (Just(story), told)
        }),
    ) {
        let (_, natural) = run(&story, &story.facts(), false);
        let opened = story.asked();
        let mut world = self::opened(&story);
        let mut seen: Vec<EventData> = Vec::new();
        for fact in told {
            let before = world.state().clone();
            let verdict = world.tell(fact.clone());
            if seen.contains(&fact) {
                prop_assert_eq!(verdict, Verdict::Duplicate);
                prop_assert_eq!(&before, world.state());
            }
            seen.push(fact);
            prop_assert_eq!(world.tell(opened.clone()), Verdict::Duplicate);
        }
        world.confirm_all();
        prop_assert_eq!(natural.buckets, world.buckets());
        prop_assert_eq!(natural.keys, world.keys());
    }
}
