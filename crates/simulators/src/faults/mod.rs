//! Faults of partners, switched on by name.
//!
//! A [`Rule`] says which fault, on which operation, how often. [`Faults`] is the switchboard a server asks for every
//! request ("POST /api/creditMemos", key "rt1-…"); a layer before its routes carries the answer out. Draws depend on the seed, the operation, the
//! key and the how-many-th request for that key it is: never on the order in which requests of different keys arrive.
//!
//! `POST /__faults` takes one rule, a list of rules or a preset, `GET` shows rules and what was injected, `DELETE` clears the rules:
//!
//! ```json
//! {"fault": "commit-then-drop", "on": "POST /api/creditMemos", "times": 2}
//! {"fault": "slow", "percent": 20, "seed": 7, "delay_ms": 300}
//! {"fault": "unavailable", "for_ms": 2000}
//! {"preset": "heavy", "seed": 7}
//! ```
//!
//! | fault | what is done | what the client sees |
//! |---|---|---|
//! | `commit-then-drop` | everything | connection reset, not one byte of an answer |
//! | `commit-then-hang` | everything | nothing for `delay_ms` (default 10 minutes), then a reset |
//! | `commit-then-503` | everything | 503 |
//! | `fault-after-commit` | everything | 500, in SOAP a fault `ORA-03113` |
//! | `drop-before` | nothing | connection reset |
//! | `refuse` | nothing | 422 `SIMULATED_REFUSAL` |
//! | `unavailable` | nothing | 503 with `retry-after: 1` |
//! | `throttle` | nothing | 429 with `retry-after: 1` |
//! | `slow` | everything, `delay_ms` later, even when the client has left by then | the right answer, late |
//! | `duplicate` | everything twice, one after the other | the second answer; when sending: the same message 2–3 times |
//! | `garbage` | everything | 200 with a body that is no JSON (in SOAP: no XML); when sending: wrong messages besides the right one |
//! | `truncate` | everything | the right head, half the body, end of connection |
//! | `reorder` | when sending only | one return's messages in another order; a file held back until after the next one |
//! | `wrong-totals`, `bad-row`, `overlap` | when writing files only | a file with a wrong trailer, with one impossible row, without its last rows; and the right one later |

mod backdoor;
pub(crate) mod gateway;
mod kind;
mod preset;
mod rule;
mod switchboard;

pub(crate) use backdoor::router as backdoor;
pub use kind::Fault;
pub use preset::{Preset, UnknownPreset};
pub use rule::Rule;
pub(crate) use switchboard::Injection;
pub use switchboard::{Faults, Injected};
