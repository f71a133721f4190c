//! Returns: asked for, looked at, changed, withdrawn; whose goods are that came without one; what stops their money, and what
//! takes it back.

mod amend;
mod change;
mod check;
mod create;
mod eligibility;
pub(crate) mod find;
mod hold;
mod identify;
pub(crate) mod list;
mod read;
mod reverse;
mod tell;
mod view;

pub(crate) use amend::{__path_amend, amend};
pub(crate) use create::{__path_create, create};
pub(crate) use eligibility::{__path_eligibility, eligibility};
pub(crate) use hold::{__path_hold, __path_release, hold, release};
pub(crate) use identify::{__path_identify, identify};
pub(crate) use list::{__path_list, list};
pub(crate) use read::{__path_effects, __path_read, __path_timeline, effects, read, timeline};
pub(crate) use reverse::{__path_reverse, reverse};
pub(crate) use view::{Standing, standing};
