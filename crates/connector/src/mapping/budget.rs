//! What is left to the mapping that runs on this thread.
//!
//! The engine asks at every step, the values at everything they make. A limit that is reached unwinds the thread: a
//! mapping can catch errors, but not this.

use std::cell::Cell;
use std::fmt;
use std::time::Instant;

use super::Limits;

/// Stack that evaluation may use; the rest of [`super::engine::STACK`] is for what a single step needs.
const STACK_FOR_STEPS: usize = 8 * 1024 * 1024;
/// Steps between two looks at the clock.
const CLOCK_EVERY: u64 = 64;

/// A limit that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Steps of evaluation.
    Steps,
    /// Bytes made.
    Bytes,
    /// Outputs.
    Outputs,
    /// Wall time.
    Time,
    /// Depth of evaluation.
    Stack,
    /// Depth of a value.
    Depth,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steps => "it took too many steps",
            Self::Bytes => "it made too much data",
            Self::Outputs => "it gave too many outputs",
            Self::Time => "it took too long",
            Self::Stack => "it is nested too deeply",
            Self::Depth => "it made a value that is nested too deeply",
        })
    }
}

#[derive(Clone, Copy)]
struct Budget {
    steps: u64,
    bytes: u64,
    until_clock: u64,
    deadline: Instant,
    stack_floor: usize,
}

thread_local! {
    static BUDGET: Cell<Option<Budget>> = const { Cell::new(None) };
}

/// Starts the budget of this thread. To be called near the bottom of its stack.
pub(super) fn start(limits: Limits) {
    BUDGET.set(Some(Budget {
        steps: limits.steps,
        bytes: limits.bytes,
        until_clock: CLOCK_EVERY,
        deadline: Instant::now() + limits.time,
        stack_floor: here().saturating_sub(STACK_FOR_STEPS),
    }));
}

/// Takes so many steps. Does nothing on a thread without a budget.
pub(super) fn steps(count: u64) {
    let Some(mut budget) = BUDGET.get() else {
        return;
    };
    match budget.steps.checked_sub(count) {
        Some(left) => budget.steps = left,
        None => exhausted(Limit::Steps),
    }
    if let Some(left) = budget.until_clock.checked_sub(count) {
        budget.until_clock = left;
    } else {
        budget.until_clock = CLOCK_EVERY;
        if Instant::now() > budget.deadline {
            exhausted(Limit::Time);
        }
    }
    BUDGET.set(Some(budget));
}

/// Takes a step for each 64 bytes that are looked at.
pub(super) fn looks_at(bytes: usize) {
    steps(1 + bytes as u64 / 64);
}

/// Takes so many bytes of new values.
pub(super) fn makes(bytes: usize) {
    let Some(mut budget) = BUDGET.get() else {
        return;
    };
    match budget.bytes.checked_sub(bytes as u64) {
        Some(left) => budget.bytes = left,
        None => exhausted(Limit::Bytes),
    }
    BUDGET.set(Some(budget));
    looks_at(bytes);
}

/// Asks whether evaluation may go deeper.
pub(super) fn deeper() {
    if let Some(budget) = BUDGET.get()
        && here() < budget.stack_floor
    {
        exhausted(Limit::Stack);
    }
}

/// Ends the mapping that runs on this thread, if one does.
pub(super) fn end(limit: Limit) {
    if BUDGET.get().is_some() {
        exhausted(limit);
    }
}

fn exhausted(limit: Limit) -> ! {
    // Not a panic: no message is printed, and the thread's owner takes the limit out of `join`.
    std::panic::resume_unwind(Box::new(limit))
}

/// About where the stack ends now. Stacks grow downwards on every platform we build for.
#[inline(never)]
fn here() -> usize {
    let local = 0_u8;
    std::ptr::from_ref(&local).addr()
}
