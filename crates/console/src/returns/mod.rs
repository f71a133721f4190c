//! Returns: asked for, looked at, changed, withdrawn; whose goods are that came without one.

mod amend;
mod change;
mod check;
mod create;
mod eligibility;
pub(crate) mod find;
mod identify;
pub(crate) mod list;
mod read;
mod view;

pub(crate) use amend::{__path_amend, amend};
pub(crate) use create::{__path_create, create};
pub(crate) use eligibility::{__path_eligibility, eligibility};
pub(crate) use identify::{__path_identify, identify};
pub(crate) use list::{__path_list, list};
pub(crate) use read::{__path_effects, __path_read, __path_timeline, effects, read, timeline};
pub(crate) use view::{Standing, standing};
