//! INV-13: the log of a return, told once more, brings nothing; folded from nothing once more, it comes to the same.

use crate::world;
use crate::world::World;
use crate::world::happening::Happening;
use crate::world::scene::{Scene, scene};
use canonical::{EffectResult, EventData};
use proptest::prelude::*;
use workflow::Verdict;

/// Facts that the flow took, which may come again at any time: by another way, under another message id. A timer is asked
/// what it is for, and what an effect came to before its last outcome is its history: neither is a fact that comes again.
fn facts(world: &World) -> Vec<EventData> {
    let is_fact = |data: &EventData| match data {
        EventData::TimerFired(_) => false,
        EventData::EffectSettled(report) => report.result == EffectResult::Confirmed,
        _ => true,
    };
    let taken = world.log.iter().filter(|(_, data, again, verdict)| {
        matches!(verdict, Verdict::Applied | Verdict::Parked) && !again && is_fact(data)
    });
    taken.map(|(_, data, _, _)| data.clone()).collect()
}

fn played(scene: &Scene) -> World {
    let mut world = scene.play(None);
    world.run_down();
    world
}

/// Nothing comes of a fact that is told again: no state, no effect, no exception.
fn tell_again(world: &mut World, facts: &[EventData]) {
    for fact in facts {
        let before = (world.picture(), world.state().clone());
        let verdict = world.tell(fact.clone());
        assert!(
            matches!(verdict, Verdict::Duplicate | Verdict::Ignored(_)),
            "told again, it is {verdict:?}: {fact:?}"
        );
        assert_eq!(&before.1, world.state(), "{fact:?}");
        assert!(before.0 == world.picture(), "{verdict:?} of {fact:#?}");
    }
}

/// A clock of whole seconds gives two snapshots one time: the one that says less is no conflict, in either order.
#[test]
fn snapshots_of_one_moment_are_no_conflict_in_either_order() {
    let counted = |restocked| Happening::Snapshot {
        hour: 3,
        sku: 1,
        received: 2,
        restocked,
        scrapped: 0,
    };
    for happenings in [vec![counted(0), counted(1)], vec![counted(1), counted(0)]] {
        let mut world = played(&Scene::of(happenings));
        assert!(world.exceptions.is_empty(), "{:#?}", world.exceptions);
        let mut facts = facts(&world);
        facts.reverse();
        tell_again(&mut world, &facts);
    }
}

proptest! {
    #![proptest_config(world::tried(32))]

    #[test]
    fn inv_13_a_log_folded_twice_comes_to_the_same(scene in scene()) {
        let first = played(&scene);
        let mut second = scene.empty();
        second.fold(&first.log);
        let verdicts = |world: &World| -> Vec<Verdict> {
            world.log.iter().map(|(_, _, _, verdict)| verdict.clone()).collect()
        };
        prop_assert_eq!(verdicts(&first), verdicts(&second));
        prop_assert!(first.picture() == second.picture());
    }

    #[test]
    fn inv_13_a_log_told_again_brings_nothing(
        (scene, keys) in (scene(), prop::collection::vec(any::<u16>(), 80)),
        in_order in any::<bool>(),
    ) {
        let mut world = played(&scene);
        let mut facts = facts(&world);
        if !in_order {
            let mut keys = keys.into_iter().cycle();
            facts.sort_by_cached_key(|_| keys.next());
        }
        tell_again(&mut world, &facts);
    }
}
