//! Runs that give many exceptions back: asked for, looked at, cancelled and resumed. A sidecar that routes drives them.

mod ask;
mod list;

pub(crate) use ask::{
    __path_agree, __path_cancel, __path_resume, __path_start, FIRST, Nothing, RATE,
    ReplayRunRequest, WATCHED, agree, cancel, resume, start,
};
pub(crate) use list::{__path_list, __path_read, Filter, RunView, list, read};
