//! Anything may come in any order, sense or none: all invariants hold after every step (see `world::invariants`). For one at
//! a time see `invariants.rs`.
//!
//! Few cases by default, so that the test is quick in a debug build; set PROPTEST_CASES (20000, say) for a long campaign.

use crate::world;
use crate::world::scene::scene;
use canonical::Lifecycle;
use proptest::prelude::*;

proptest! {
    #![proptest_config(world::tried(128))]

    #[test]
    fn invariants_hold_whatever_happens(scene in scene()) {
        let mut world = scene.play(None);
        world.confirm_all();
        let state = world.state();
        if state.lifecycle() == Lifecycle::Settled {
            prop_assert!(state.in_buckets(workflow::Bucket::OPEN).is_zero());
            prop_assert!(!state.is_blocked());
        }
    }
}
