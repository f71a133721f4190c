//! Ends a process that hangs: a decoder or a workflow step that never comes back blocks a worker for ever, and no code can
//! stop it. The supervisor starts the process again; the message that did it comes again, marked, and after some times it
//! is kept alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use router::watch::Watch;

/// Looks so often.
const EVERY: Duration = Duration::from_millis(500);

/// Starts looking, from a thread of its own: the runtime may be what hangs. It ends with the process.
///
/// # Errors
/// When the system gives no thread.
pub fn start(watch: Arc<Watch>, limit: Duration) -> std::io::Result<()> {
    let look = move || {
        let mut since = BTreeMap::new();
        loop {
            thread::sleep(EVERY);
            if let Some(what) = stuck(&watch.under_way(), &mut since, Instant::now(), limit) {
                tracing::error!(
                    seconds = limit.as_secs(),
                    "this never ends: {what}. The process ends itself; what was under way is taken up at the next start, one by one"
                );
                std::process::abort();
            }
        }
    };
    thread::Builder::new()
        .name("watchdog".to_owned())
        .spawn(look)
        .map(drop)
}

/// What has been under way for longer than that.
fn stuck<'w>(
    under_way: &'w BTreeMap<u64, String>,
    since: &mut BTreeMap<u64, Instant>,
    now: Instant,
    limit: Duration,
) -> Option<&'w str> {
    since.retain(|number, _| under_way.contains_key(number));
    for number in under_way.keys() {
        since.entry(*number).or_insert(now);
    }
    let is_stuck = |number: &u64| {
        let begun = since.get(number);
        begun.is_some_and(|begun| now.duration_since(*begun) > limit)
    };
    let found = under_way.iter().find(|(number, _)| is_stuck(number));
    found.map(|(_, what)| what.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_for_longer_than_the_limit_is_stuck() {
        let limit = Duration::from_secs(10);
        let (begin, mut since) = (Instant::now(), BTreeMap::new());
        let at = |seconds| begin + Duration::from_secs(seconds);
        let both = BTreeMap::from([(1, "a".to_owned()), (2, "b".to_owned())]);
        assert_eq!(stuck(&both, &mut since, at(0), limit), None);
        assert_eq!(stuck(&both, &mut since, at(10), limit), None);
        let other = BTreeMap::from([(2, "b".to_owned()), (3, "a".to_owned())]);
        assert_eq!(stuck(&other, &mut since, at(11), limit), Some("b"));
        let new = BTreeMap::from([(3, "a".to_owned())]);
        assert_eq!(stuck(&new, &mut since, at(21), limit), None);
        assert_eq!(stuck(&new, &mut since, at(22), limit), Some("a"));
        assert_eq!(stuck(&BTreeMap::new(), &mut since, at(99), limit), None);
    }
}
