//! Who is signed in: sessions of people, and sign-ins that failed. Kept by this process alone, and lost with it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;

use crate::access::{self, Holder};

/// A session ends after so long without a request.
const IDLE: Duration = Duration::from_hours(1);
/// A session ends after so long in any case.
const WHOLE: Duration = Duration::from_hours(12);
/// Sessions at the most: the one that was quiet for longest makes room.
const SESSIONS: usize = 1_000;
/// Sign-ins that may fail from one address within [`WINDOW`].
const FAILURES: usize = 10;
const WINDOW: Duration = Duration::from_mins(1);
/// Addresses that are remembered at the most.
const ADDRESSES: usize = 10_000;

/// A session as its requests see it.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Who opened it: the rights of the session are theirs.
    pub(crate) holder: Arc<Holder>,
    /// In every form of this session.
    pub(crate) csrf: Arc<str>,
}

impl Session {
    /// True if that is the text in this session's forms.
    pub(crate) fn is_ours(&self, csrf: &str) -> bool {
        bool::from(self.csrf.as_bytes().ct_eq(csrf.as_bytes()))
    }
}

#[derive(Debug)]
struct Kept {
    session: Session,
    begun: Instant,
    seen: Instant,
}

/// Sessions by the hash of their ids, and failed sign-ins by address.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    kept: Mutex<BTreeMap<[u8; 32], Kept>>,
    failed: Mutex<BTreeMap<IpAddr, Vec<Instant>>>,
}

impl Sessions {
    /// Opens one; its id goes into the cookie and is known nowhere else.
    pub(crate) fn open(&self, holder: &Arc<Holder>) -> Result<String, getrandom::Error> {
        let id = drawn()?;
        let now = Instant::now();
        let session = Session {
            holder: Arc::clone(holder),
            csrf: drawn()?.into(),
        };
        let mut kept = self.living(now);
        if kept.len() >= SESSIONS {
            let quiet = kept.iter().min_by_key(|(_, one)| one.seen);
            if let Some(hash) = quiet.map(|(hash, _)| *hash) {
                kept.remove(&hash);
            }
        }
        let (begun, seen) = (now, now);
        let one = Kept {
            session,
            begun,
            seen,
        };
        kept.insert(access::hash(&id), one);
        Ok(id)
    }

    /// The session of that id, if it lives.
    pub(crate) fn find(&self, id: &str) -> Option<Session> {
        let now = Instant::now();
        let mut kept = self.living(now);
        let one = kept.get_mut(&access::hash(id))?;
        one.seen = now;
        Some(one.session.clone())
    }

    /// Ends it.
    pub(crate) fn close(&self, id: &str) {
        self.living(Instant::now()).remove(&access::hash(id));
    }

    fn living(&self, now: Instant) -> MutexGuard<'_, BTreeMap<[u8; 32], Kept>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, one| {
            now.duration_since(one.seen) < IDLE && now.duration_since(one.begun) < WHOLE
        });
        kept
    }

    /// True if too many sign-ins failed from there lately.
    pub(crate) fn is_shut(&self, from: IpAddr) -> bool {
        let failed = self.recent(Instant::now());
        failed.get(&from).is_some_and(|all| all.len() >= FAILURES)
    }

    /// A sign-in failed.
    pub(crate) fn failed(&self, from: IpAddr) {
        let now = Instant::now();
        let mut failed = self.recent(now);
        if failed.len() < ADDRESSES || failed.contains_key(&from) {
            failed.entry(from).or_default().push(now);
        }
    }

    fn recent(&self, now: Instant) -> MutexGuard<'_, BTreeMap<IpAddr, Vec<Instant>>> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.retain(|_, all| {
            all.retain(|at| now.duration_since(*at) < WINDOW);
            !all.is_empty()
        });
        failed
    }
}

/// 32 random bytes as text.
pub(crate) fn drawn() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::Ipv4Addr;

    use super::*;
    use crate::access::Who;

    fn holder() -> Arc<Holder> {
        Arc::new(Holder {
            who: Who::Token("ada".to_owned()),
            tenant: "ada".to_owned(),
            scopes: BTreeSet::new(),
            person: None,
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_when_it_is_quiet_closed_or_old() {
        let sessions = Sessions::default();
        let id = sessions.open(&holder()).unwrap();
        let session = sessions.find(&id).unwrap();
        assert!(session.is_ours(&session.csrf) && !session.is_ours("x"));
        assert!(sessions.find("other").is_none());
        for _ in 0..12 {
            tokio::time::advance(Duration::from_mins(59)).await;
            assert!(sessions.find(&id).is_some(), "it is in use");
        }
        tokio::time::advance(Duration::from_mins(59)).await;
        assert!(sessions.find(&id).is_none(), "twelve hours are over");
        let quiet = sessions.open(&holder()).unwrap();
        tokio::time::advance(IDLE).await;
        assert!(sessions.find(&quiet).is_none());
        let closed = sessions.open(&holder()).unwrap();
        sessions.close(&closed);
        assert!(sessions.find(&closed).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_fails_too_often_waits_and_others_do_not() {
        let sessions = Sessions::default();
        let (one, other) = (Ipv4Addr::LOCALHOST.into(), Ipv4Addr::UNSPECIFIED.into());
        for _ in 0..FAILURES {
            assert!(!sessions.is_shut(one));
            sessions.failed(one);
        }
        assert!(sessions.is_shut(one) && !sessions.is_shut(other));
        tokio::time::advance(WINDOW).await;
        assert!(!sessions.is_shut(one));
    }
}
