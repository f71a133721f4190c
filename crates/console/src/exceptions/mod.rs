//! Exceptions: looked at, given back to the flow, decided against. The decisions are those of the router's desk.

mod confirm;
mod decide;
mod edit;
mod list;
mod many;
mod rerun;

pub(crate) use confirm::{__path_confirm, confirm};
pub(crate) use decide::{__path_discard, __path_replay, discard, replay};
pub(crate) use edit::{__path_edit, edit};
pub(crate) use list::{__path_groups, __path_list, __path_read, groups, list, one, read};
pub(crate) use many::{__path_replay_many, ReplayManyRequest, meant, replay_many, weighed};
pub(crate) use rerun::{__path_rerun, rerun};
