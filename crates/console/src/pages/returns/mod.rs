//! Returns: found, and each on one page with everything that happened to it.

pub(super) mod facts;
mod identify;
mod list;
mod moment;
mod money;
mod one;
mod sale;
mod story;

pub(super) use identify::{ask as ask_whose, say as say_whose};
pub(super) use list::list;
pub(super) use moment::moment;
pub(super) use money::{hold, release, reverse};
pub(super) use one::one;
