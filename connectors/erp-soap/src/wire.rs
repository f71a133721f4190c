//! Bytes ↔ SOAP: envelopes as they are written, answers as they are read. Knows XML, MIME and character sets; knows nothing
//! of what a document means.

mod answer;
mod charset;
mod envelope;
mod fault;
mod multipart;
mod name;
mod path;
mod security;
mod tree;
mod version;

pub(crate) use answer::{Answer, read};
pub(crate) use envelope::{Body, envelope};
pub(crate) use fault::{Fault, Side};
pub(crate) use path::{is_path, select, select_below, text_at};
pub(crate) use security::{Credentials, Lifetime, PasswordType, with_security};
pub(crate) use tree::Element;
pub(crate) use version::Version;
