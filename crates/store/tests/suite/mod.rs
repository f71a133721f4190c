//! What every store must do. `tests/sqlite.rs` and `tests/postgres.rs` run each case against the real thing.

pub mod audit;
pub mod claims;
pub mod commit;
pub mod crosswalk;
pub mod durable;
pub mod effects;
pub mod exceptions;
pub mod found;
pub mod groups;
pub mod history;
pub mod inbox;
pub mod leases;
pub mod lists;
pub mod names;
pub mod notes;
pub mod outbox;
pub mod parked;
pub mod races;
pub mod recon;
pub mod replay_runs;
pub mod rows;
pub mod settle;
pub mod timers;
pub mod users;

use std::sync::Arc;

use store::Store;

/// Where a case keeps its data: its own file, or its own database.
pub struct Place {
    pub url: String,
    #[expect(dead_code, reason = "keeps the file as long as the case runs")]
    pub dir: Option<tempfile::TempDir>,
}

impl Place {
    /// A new handle, as another process would have.
    pub async fn open(&self) -> Arc<dyn Store> {
        store::open(&self.url).await.unwrap()
    }
}

/// Makes a test of each case. `$place` makes the place for it.
macro_rules! suite {
    ($place:path: $($module:ident { $($case:ident),* $(,)? })*) => {
        $(mod $module {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                crate::suite::$module::$case(&$place(stringify!($case)).await).await;
            })*
        })*
    };
}

/// Every case, once.
macro_rules! every_case {
    ($place:path) => {
        suite! { $place:
            audit {
                chain_is_gapless_and_verifies, subjects_have_their_own_timeline, entries_are_found_by_who_what_and_when, rolled_back_entries_leave_no_gap,
                two_handles_share_one_chain,
            }
            claims {
                overlapping_units_of_another_return_are_refused, neighbours_fit, own_interval_again_changes_nothing,
                released_units_can_be_reserved, a_return_can_move_its_interval, empty_interval_fails_alone,
                intervals_never_overlap,
            }
            commit {
                whole_unit_is_written, state_goes_up_by_one, stale_unit_leaves_nothing, what_an_old_version_had_nothing_to_do_with_is_stale,
                poison_does_not_fail_its_neighbours, one_return_twice_in_a_batch,
            }
            replay_runs {
                a_run_is_read_as_written, of_two_changes_of_a_run_one_is_written,
            }
            users {
                a_user_is_read_as_written, of_two_changes_at_a_revision_one_is_written,
            }
            crosswalk {
                what_is_written_is_read, an_old_revision_changes_nothing, one_of_many_changes_wins,
                two_entries_of_a_code_do_not_begin_together, what_waits_for_codes_is_listed,
            }
            durable {
                confirmed_writes_survive_a_drop, dropping_the_future_does_not_undo, closed_store_refuses,
                describes_itself,
            }
            effects {
                plan_again_changes_nothing, release_and_cancel_mind_the_state, in_doubt_is_not_cancelled,
                stalled_lists_what_should_move, a_further_message_is_given_by_one, reopen_minds_what_was_sent,
                reopen_refuses_other_states, reopen_settles_its_exception_once, a_document_that_is_there_confirms,
                lists_by_return_and_kind,
            }
            exceptions {
                second_one_is_counted, closed_once, comes_back_after_it_was_closed, unit_resolves_by_fingerprint,
                lists_filter_and_leave_raw_out,
            }
            found {
                returns_are_found_by_their_terms, what_many_are_found_by_is_found_too, a_period_is_told_by_those_that_live,
            }
            groups {
                waiting_writes_share_a_transaction, reading_goes_on_while_writing,
            }
            history {
                sums_are_of_other_returns_within_the_window, credits_without_receipt_are_counted_by_return,
                what_was_decided_on_an_old_sum_is_stale, no_two_decide_on_the_same_sum,
                approvals_are_found_by_id_and_listed_while_open,
            }
            inbox {
                all_seen_keys_are_named, same_key_twice_in_a_batch, same_key_twice_in_a_unit,
                refused_unit_leaves_its_keys_free,
            }
            leases {
                send_is_recorded_before_it_is_answered, held_early_settled_missing, lost_lease_is_looked_up,
                unknown_is_looked_up_by_one, what_an_owner_holds_is_listed,
            }
            lists {
                returns_by_filter, exceptions_by_page, counts_by_state, open_exceptions_are_counted, numbers_are_gapless,
            }
            names {
                loads_by_id_and_by_name, taken_names_are_refused, own_name_again_changes_nothing,
                a_name_needs_a_return,
            }
            notes {
                numbers_belong_to_their_key, a_note_is_claimed_by_one, notes_are_listed_by_owner_and_space,
                notes_outlive_the_process, a_dropped_note_is_gone_alone,
            }
            outbox {
                what_is_left_is_taken_up_at_once,
                survives_and_is_forgotten_by_batch, is_forgotten_by_row, nothing_written_is_batch_zero,
                jobs_have_batches_of_their_own, is_counted, what_one_takes_up_is_not_taken_by_another,
            }
            parked {
                waits_under_its_name, is_dropped_by_key, overdue_by_deadline,
            }
            races {
                one_writer_wins_a_version, one_worker_wins_a_lease, one_return_wins_a_claim,
                one_consumer_wins_a_message, many_handles_keep_one_chain,
            }
            recon {
                a_run_is_written_once_with_its_items, runs_are_listed_by_entity_and_day, a_run_is_signed_once,
                effects_alive_in_a_span_are_paged, counts_are_added_by_day, effects_tell_what_their_attempts_came_to,
            }
            settle {
                outcome_is_written_with_what_follows, old_fence_is_refused, second_outcome_is_refused,
                late_outcome_of_a_lost_lease_is_refused, outcome_after_expiry_is_taken_while_nobody_else_came,
            }
            timers {
                due_and_fired, set_again_moves_it, fired_minds_the_time,
            }
        }
    };
}
