//! The invariants of a return, one at a time, whatever happens to it: see `world::invariants` for what each one says and
//! `world::happening` and `world::scene` for what may happen. Those over several returns are in `several.rs`.

use crate::world;
use crate::world::Invariant;
use crate::world::scene::scene;
use proptest::prelude::*;

proptest! {
    #![proptest_config(world::tried(32))]

    #[test]
    fn inv_01_no_more_is_accepted_than_authorised_and_tolerated(scene in scene()) {
        scene.play(Some(Invariant::Accepted));
    }

    #[test]
    fn inv_02_no_more_is_inspected_than_came(scene in scene()) {
        scene.play(Some(Invariant::Inspected));
    }

    #[test]
    fn inv_03_no_more_is_disposed_than_was_inspected(scene in scene()) {
        scene.play(Some(Invariant::Disposed));
    }

    #[test]
    fn inv_04_no_more_is_credited_than_deserves_it(scene in scene()) {
        scene.play(Some(Invariant::Credited));
    }

    #[test]
    fn inv_05_no_unit_of_an_invoice_line_is_credited_twice_in_a_return(scene in scene()) {
        scene.play(Some(Invariant::Units));
    }

    #[test]
    fn inv_06_no_component_is_credited_beyond_its_invoice_in_a_return(scene in scene()) {
        scene.play(Some(Invariant::Components));
    }

    #[test]
    fn inv_08_stock_follows_the_goods(scene in scene()) {
        scene.play(Some(Invariant::Stock));
    }

    #[test]
    fn inv_09_a_key_is_planned_once_and_means_one_thing(scene in scene()) {
        scene.play(Some(Invariant::Keys));
    }

    #[test]
    fn inv_10_no_credit_leaves_before_all_is_there_that_it_needs(scene in scene()) {
        scene.play(Some(Invariant::Guard));
    }

    #[test]
    fn inv_11_an_approval_counts_for_one_calculation(scene in scene()) {
        scene.play(Some(Invariant::Approvals));
    }

    #[test]
    fn inv_12_quantity_is_conserved_and_what_came_is_somewhere(scene in scene()) {
        scene.play(Some(Invariant::Conserved));
    }

    #[test]
    fn inv_13_what_is_told_again_brings_nothing(scene in scene()) {
        scene.play(Some(Invariant::Again));
    }

    #[test]
    fn inv_14_a_command_speaks_of_one_currency(scene in scene()) {
        scene.play(Some(Invariant::Currency));
    }

    #[test]
    fn inv_15_statuses_are_numbered_without_gaps(scene in scene()) {
        scene.play(Some(Invariant::Gapless));
    }
}
