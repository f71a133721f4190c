//! The numbers, on facts made up for them.
