//! How many streams there may be.

use std::collections::BTreeMap;

/// Streams of one session at the most. A browser has six connections to a host over HTTP/1.1, for all of its windows: pages
/// and forms need some of them.
pub(super) const OF_SESSION: usize = 4;
/// Streams in all at the most.
pub(super) const IN_ALL: usize = 256;

/// Hash of a session's id.
pub(super) type Of = [u8; 32];

/// Why there is no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// The session has as many as it may.
    Session,
    /// All are taken.
    All,
}

/// Streams that are open, by session.
#[derive(Debug, Default)]
pub(super) struct Seats(BTreeMap<Of, usize>);

impl Seats {
    /// Takes one.
    pub(super) fn take(&mut self, of: Of) -> Result<(), Full> {
        if self.0.get(&of).is_some_and(|taken| *taken >= OF_SESSION) {
            return Err(Full::Session);
        }
        if self.0.values().sum::<usize>() >= IN_ALL {
            return Err(Full::All);
        }
        *self.0.entry(of).or_default() += 1;
        Ok(())
    }

    /// Gives one back.
    pub(super) fn leave(&mut self, of: Of) {
        if let Some(taken) = self.0.get_mut(&of) {
            *taken = taken.saturating_sub(1);
        }
        self.0.retain(|_, taken| *taken > 0);
    }

    /// True if nobody has one.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_some_and_all_have_many() {
        let mut seats = Seats::default();
        let of = |n: usize| {
            let mut of = [0; 32];
            of[..8].copy_from_slice(&n.to_be_bytes());
            of
        };
        for session in 0..IN_ALL / OF_SESSION {
            for _ in 0..OF_SESSION {
                assert_eq!(seats.take(of(session)), Ok(()));
            }
            assert_eq!(seats.take(of(session)), Err(Full::Session));
        }
        assert_eq!(seats.take(of(IN_ALL)), Err(Full::All));
        seats.leave(of(0));
        assert_eq!(seats.take(of(IN_ALL)), Ok(()), "one has left");
        assert_eq!(seats.take(of(0)), Err(Full::All));
        for _ in 0..OF_SESSION {
            for session in 0..=IN_ALL {
                seats.leave(of(session));
            }
        }
        assert!(seats.is_empty());
    }
}
