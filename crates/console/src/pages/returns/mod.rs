//! Returns: found, and each on one page with everything that happened to it.

pub(super) mod facts;
mod list;
mod moment;
mod one;
mod story;

pub(super) use list::list;
pub(super) use moment::moment;
pub(super) use one::one;
