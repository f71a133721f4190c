//! Exceptions: looked at, given back to the flow, decided against. The decisions are those of the router's desk.

mod decide;
mod edit;
mod list;
mod many;

pub(crate) use decide::{__path_discard, __path_replay, discard, replay};
pub(crate) use edit::{__path_edit, edit};
pub(crate) use list::{__path_groups, __path_list, __path_read, groups, list, one, read};
pub(crate) use many::{__path_replay_many, ReplayManyRequest, meant, replay_many, weighed};
