//! A return and what happens to it: anything, or what usually happens with anything in between.

use canonical::{DispositionAction, EventData, ReturnType};
use proptest::prelude::*;
use proptest::sample::select;
use workflow::Verdict;

use super::happening::{ACTIONS, Happening, happening, opening, tell};
use super::{Invariant, World};
use crate::freight_and_label::rules;

/// A return, the policy it is under, and what happens to it.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    dear: bool,
    old: bool,
    euros: bool,
    return_type: ReturnType,
    granularity: &'static str,
    posting: &'static str,
    tolerated: i32,
    /// When freight is credited; the policy speaks of neither freight nor labels without.
    freight: Option<&'static str>,
    happenings: Vec<Happening>,
}

impl Scene {
    /// A usual return of goods, to which that happens.
    pub(crate) fn of(happenings: Vec<Happening>) -> Scene {
        Scene {
            dear: false,
            old: false,
            euros: false,
            return_type: ReturnType::Physical,
            granularity: "per_slice",
            posting: "receipt_to_hold",
            tolerated: 0,
            freight: None,
            happenings,
        }
    }

    /// Its world, before anything has happened.
    pub(crate) fn empty(&self) -> World {
        let more = self.freight.map(|credit| rules(credit, "reduce_base"));
        let more = more.unwrap_or_default();
        let mut world = World::tolerating(self.granularity, self.posting, self.tolerated, &more);
        world.by_the_example = true;
        world
    }

    /// Everything happens, in a world that watches that invariant, or all of them.
    pub(crate) fn play(&self, watched: Option<Invariant>) -> World {
        let mut opened = opening((self.dear, self.old, self.euros), self.return_type);
        if let (true, EventData::ReturnRequested(asked)) = (self.freight.is_some(), &mut opened) {
            let lines = asked.lines.iter_mut();
            for invoiced in lines.filter_map(|line| line.invoiced.as_mut()) {
                invoiced.freight_minor = 1001;
            }
        }
        let mut world = self.empty();
        world.watched = watched;
        assert_eq!(world.tell(opened.clone()), Verdict::Applied);
        for happening in &self.happenings {
            tell(&mut world, &opened, happening);
        }
        world
    }
}

/// What usually happens: goods of an item come, are inspected, disposed and credited; perhaps the memo is taken back, or the
/// goods are looked at again.
fn usual() -> impl Strategy<Value = Vec<Happening>> {
    let action = prop_oneof![
        2 => Just(DispositionAction::Restock),
        1 => Just(DispositionAction::Scrap),
        1 => Just(DispositionAction::Refurbish),
    ];
    let end = prop_oneof![
        2 => Just(None),
        1 => any::<bool>().prop_map(|again| Some(Happening::Uncredit { which: 0, again })),
        1 => (0..ACTIONS.len()).prop_map(|action| Some(Happening::Disposition {
            id: 4, sku: 0, qty: 8, action, reverses: Some(3)
        })),
    ];
    (5..9_i32, action, end).prop_map(|(qty, action, end)| {
        let action = ACTIONS.iter().position(|known| *known == action);
        let action = action.unwrap_or_default();
        let mut all = vec![
            Happening::Receipt {
                id: 3,
                sku: 0,
                qty,
                late: false,
            },
            Happening::Inspection {
                id: 2,
                version: 1,
                sku: 0,
                qty,
                condition: 0,
            },
            Happening::Disposition {
                id: 3,
                sku: 0,
                qty,
                action,
                reverses: None,
            },
            Happening::RunDown,
        ];
        all.extend(end);
        all.push(Happening::RunDown);
        all
    })
}

/// Half of the time what usually happens, with everything else in between.
fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let random = || prop::collection::vec(happening(), 0..40);
    let mixed = (
        usual(),
        random(),
        prop::collection::vec(any::<prop::sample::Index>(), 8),
    );
    let mixed = mixed.prop_map(|(usual, mut all, places)| {
        let mut places: Vec<usize> = places
            .iter()
            .map(|place| place.index(all.len() + 1))
            .collect();
        places.truncate(usual.len());
        places.sort_unstable();
        for (happening, place) in usual.into_iter().zip(places).rev() {
            all.insert(place, happening);
        }
        all
    });
    prop_oneof![random(), mixed]
}

/// Returns of every type, and up to forty things that happen to each.
pub(crate) fn scene() -> impl Strategy<Value = Scene> {
    let return_type = prop_oneof![
        3 => Just(ReturnType::Physical),
        1 => Just(ReturnType::CreditOnly),
        2 => Just(ReturnType::AdvanceCredit),
        2 => Just(ReturnType::AdvanceReplacement),
    ];
    let granularity = select(vec!["per_slice", "per_receipt", "per_return_complete"]);
    let posting = select(vec!["receipt_to_hold", "receipt_to_hold", "at_disposition"]);
    let how = (
        granularity,
        posting,
        prop_oneof![3 => Just(0), 1 => 1..4_i32],
        select(vec![None, Some("with_units"), Some("when_all_came_back")]),
    );
    let money = (any::<bool>(), prop::bool::weighted(0.2), any::<bool>());
    (money, return_type, how, happenings()).prop_map(
        |(
            (dear, old, euros),
            return_type,
            (granularity, posting, tolerated, freight),
            happenings,
        )| Scene {
            dear,
            old,
            euros,
            return_type,
            granularity,
            posting,
            tolerated,
            freight,
            happenings,
        },
    )
}
