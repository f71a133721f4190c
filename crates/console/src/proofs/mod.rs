//! `/v1/proofs`: runs of the daily proof are listed, read and signed.

mod list;
mod read;
mod sign;
mod view;

pub(crate) use list::{__path_list, Filter, list, page as runs};
pub(crate) use read::{
    __path_items, __path_read, Format, ItemFilter, file, items, one, read, written,
};
pub(crate) use sign::{__path_sign, SignRequest, sign};
pub(crate) use view::report;
