//! Holds: what stops a return's money for now. Its goods go on meanwhile.
//!
//! A hold holds back what is not released yet; a document on its way to the ERP is on its way. When the last hold is lifted,
//! what waited is released, once.

use canonical::HoldFlag;
use canonical::event::HoldChange;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::step::Verdict;
use crate::work::Work;

/// The last word on a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HoldMark {
    pub(crate) flag: HoldFlag,
    pub(crate) held: bool,
    pub(crate) at: Timestamp,
}

/// Sets or lifts a hold. Of two changes the later one counts, in whatever order they come; of two at the same instant, the
/// one that holds.
pub(crate) fn record(work: &mut Work<'_>, change: &HoldChange) -> Verdict {
    let now = HoldMark {
        flag: change.flag,
        held: change.held,
        at: change.changed_at,
    };
    let marks = &mut work.state.holds;
    match marks.iter_mut().find(|mark| mark.flag == change.flag) {
        Some(mark) if *mark == now => return Verdict::Duplicate,
        Some(mark) if (mark.at, mark.held) > (now.at, now.held) => {
            return Verdict::Ignored(format!(
                "hold {} was changed later already, at {}",
                mark.flag, mark.at
            ));
        }
        Some(mark) => *mark = now,
        None => marks.push(now),
    }
    let flags = &mut work.state.header.hold_flags;
    flags.retain(|flag| *flag != change.flag);
    if change.held {
        flags.push(change.flag);
        flags.sort_unstable();
    }
    Verdict::Applied
}
