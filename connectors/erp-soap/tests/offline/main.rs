//! What needs no ERP: goldens, profiles, configuration, README.

mod check;
mod goldens;
mod readme;
