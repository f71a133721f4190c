//! Who is signed in: sessions of people. Kept by this process alone, and lost with it.

use std::collections::BTreeMap;
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

/// A session as its requests see it.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Who opened it: the rights of the session are theirs.
    pub(crate) holder: Arc<Holder>,
    /// In every form of this session.
    pub(crate) csrf: Arc<str>,
    /// Hash of its id.
    pub(crate) hash: [u8; 32],
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

/// Sessions by the hash of their ids.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    kept: Mutex<BTreeMap<[u8; 32], Kept>>,
}

impl Sessions {
    /// Opens one; its id goes into the cookie and is known nowhere else.
    pub(crate) fn open(&self, holder: &Arc<Holder>) -> Result<String, getrandom::Error> {
        let id = drawn()?;
        let now = Instant::now();
        let hash = access::hash(&id);
        let session = Session {
            holder: Arc::clone(holder),
            csrf: drawn()?.into(),
            hash,
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
        kept.insert(hash, one);
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

    /// True if the session with that hash lives. It is no request, and keeps no session alive.
    pub(crate) fn lives(&self, hash: &[u8; 32]) -> bool {
        self.living(Instant::now()).contains_key(hash)
    }

    /// Ends it.
    pub(crate) fn close(&self, id: &str) {
        self.living(Instant::now()).remove(&access::hash(id));
    }

    /// Ends all of that holder, whatever rights they were opened with.
    pub(crate) fn close_all(&self, of: &Holder) {
        let is_theirs = |one: &Holder| one.is_same(of);
        self.living(Instant::now())
            .retain(|_, one| !is_theirs(&one.session.holder));
    }

    fn living(&self, now: Instant) -> MutexGuard<'_, BTreeMap<[u8; 32], Kept>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, one| {
            now.duration_since(one.seen) < IDLE && now.duration_since(one.begun) < WHOLE
        });
        kept
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
        let hash = sessions.find(&quiet).unwrap().hash;
        tokio::time::advance(Duration::from_mins(59)).await;
        assert!(sessions.lives(&hash));
        tokio::time::advance(Duration::from_mins(1)).await;
        assert!(!sessions.lives(&hash), "to follow is no request");
        assert!(sessions.find(&quiet).is_none());
        let closed = sessions.open(&holder()).unwrap();
        sessions.close(&closed);
        assert!(sessions.find(&closed).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn all_sessions_of_one_end_and_those_of_others_stay() {
        let sessions = Sessions::default();
        let (one, two) = (
            sessions.open(&holder()).unwrap(),
            sessions.open(&holder()).unwrap(),
        );
        let namesake = Arc::new(Holder {
            who: Who::User("ada".to_owned(), 1),
            ..holder().as_ref().clone()
        });
        let other = sessions.open(&namesake).unwrap();
        sessions.close_all(&holder());
        assert!(sessions.find(&one).is_none() && sessions.find(&two).is_none());
        assert!(sessions.find(&other).is_some());
    }
}
