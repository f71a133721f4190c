//! The batch window: open for a while, closed for a while, from the start on.

use std::time::{Duration, Instant};

use super::config::Window;

/// How long until it opens; nothing when it is open.
pub(super) fn closed_for(window: Option<Window>, began: Instant) -> Option<Duration> {
    let window = window?;
    let elapsed = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    closed_at(window, elapsed).map(Duration::from_millis)
}

fn closed_at(window: Window, elapsed_ms: u64) -> Option<u64> {
    let cycle = window.opens_for_ms.saturating_add(window.closed_for_ms);
    let place = elapsed_ms.checked_rem(cycle)?;
    (place >= window.opens_for_ms).then(|| cycle - place)
}

#[cfg(test)]
mod tests {
    use super::super::config::Closed;
    use super::*;

    #[test]
    fn it_opens_and_closes_over_and_over() {
        let window = Window {
            opens_for_ms: 100,
            closed_for_ms: 50,
            says: Closed::Fault,
        };
        for (elapsed, closed) in [
            (0, None),
            (99, None),
            (100, Some(50)),
            (149, Some(1)),
            (150, None),
            (260, Some(40)),
        ] {
            assert_eq!(closed_at(window, elapsed), closed, "{elapsed}");
        }
        let never = Window {
            opens_for_ms: 0,
            closed_for_ms: 0,
            ..window
        };
        assert_eq!(
            closed_at(never, 7),
            None,
            "a window of nothing is no window"
        );
    }
}
