//! A return's life as pure functions: lifecycle, buckets, policy, credit, approvals, effects. No I/O, no clock.
