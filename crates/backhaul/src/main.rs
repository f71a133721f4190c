//! The `backhaul` command.
fn main() {}
