//! Sign-ins under way at the provider: each begun by one browser, ended once, within ten minutes. Kept by this process alone.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::access;

/// How long somebody may take at the provider.
pub(crate) const PATIENCE: Duration = Duration::from_mins(10);
/// Sign-ins at the most: the oldest makes room.
const MOST: usize = 5_000;
/// Sign-ins from one address at the most: its own oldest makes room. Many people may stand behind one address.
const MOST_FROM_ONE: usize = 500;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    /// Comes back with the answer.
    pub(crate) state: String,
    /// Comes back in the token.
    pub(crate) nonce: String,
    /// Proves at the token endpoint that it is we who began (RFC 7636).
    pub(crate) verifier: String,
    /// Where the answer is sent to.
    pub(crate) redirect_uri: String,
    /// Page that was wanted.
    pub(crate) to: String,
    /// When it was begun.
    pub(crate) at: Timestamp,
}

#[derive(Debug)]
struct Kept {
    begun: Begun,
    from: IpAddr,
    since: Instant,
}

/// By the hash of what the browser was given.
#[derive(Debug, Default)]
pub(crate) struct Pending(Mutex<BTreeMap<[u8; 32], Kept>>);

impl Pending {
    /// Keeps one for the browser that was given that text.
    pub(crate) fn keep(&self, given: &str, begun: Begun, from: IpAddr) {
        let now = Instant::now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, kept| now.duration_since(kept.since) < PATIENCE);
        let of_theirs = all.values().filter(|kept| kept.from == from).count();
        let is_theirs = |kept: &Kept| of_theirs < MOST_FROM_ONE || kept.from == from;
        if all.len() >= MOST || of_theirs >= MOST_FROM_ONE {
            let candidates = all.iter().filter(|(_, kept)| is_theirs(kept));
            let oldest = candidates.min_by_key(|(_, kept)| kept.since);
            if let Some(hash) = oldest.map(|(hash, _)| *hash) {
                all.remove(&hash);
            }
        }
        let since = now;
        all.insert(access::hash(given), Kept { begun, from, since });
    }

    /// That of the browser that shows that text, once.
    pub(crate) fn take(&self, given: &str) -> Option<Begun> {
        let now = Instant::now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.remove(&access::hash(given))?;
        (now.duration_since(kept.since) < PATIENCE).then_some(kept.begun)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn begun(state: &str) -> Begun {
        Begun {
            state: state.to_owned(),
            nonce: String::new(),
            verifier: String::new(),
            redirect_uri: String::new(),
            to: "/".to_owned(),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    fn from(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    #[tokio::test(start_paused = true)]
    async fn one_is_taken_once_and_in_time() {
        let pending = Pending::default();
        pending.keep("a", begun("1"), from(1));
        assert_eq!(pending.take("b"), None);
        assert_eq!(pending.take("a"), Some(begun("1")));
        assert_eq!(pending.take("a"), None, "once");
        pending.keep("a", begun("2"), from(1));
        tokio::time::advance(PATIENCE).await;
        assert_eq!(pending.take("a"), None, "in time");
    }

    #[tokio::test(start_paused = true)]
    async fn one_address_makes_room_among_its_own() {
        let pending = Pending::default();
        pending.keep("other", begun("other"), from(2));
        for n in 0..=MOST_FROM_ONE {
            tokio::time::advance(Duration::from_millis(1)).await;
            pending.keep(&n.to_string(), begun("x"), from(1));
        }
        assert!(pending.take("other").is_some());
        assert_eq!(pending.take("0"), None, "the oldest of that address");
        assert!(pending.take("1").is_some());
    }
}
