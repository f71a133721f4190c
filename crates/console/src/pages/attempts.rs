//! Sign-ins that failed lately, by address and by name: where too many fail everybody has to wait. Kept by this process
//! alone, and lost with it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::access;

/// Addresses and names that are remembered at the most: the one that was quiet for longest makes room.
const REMEMBERED: usize = 10_000;

/// What sign-ins are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    /// An address; of IPv6 the network of 64 bits, as one host has all of it.
    Address(IpAddr),
    /// The hash of a name, whether anybody has it or not.
    Name([u8; 32]),
}

impl By {
    fn address(from: IpAddr) -> Self {
        Self::Address(match from {
            IpAddr::V4(_) => from,
            IpAddr::V6(whole) => match whole.to_ipv4_mapped() {
                Some(inner) => inner.into(),
                None => Ipv6Addr::from_bits(whole.to_bits() >> 64 << 64).into(),
            },
        })
    }

    /// So many may fail within that time.
    fn limit(self) -> (usize, Duration) {
        match self {
            Self::Address(_) => (10, Duration::from_mins(1)),
            // Guesses may come from many addresses.
            Self::Name(_) => (10, Duration::from_mins(5)),
        }
    }
}

/// Failed sign-ins.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<BTreeMap<By, Vec<Instant>>>);

impl Attempts {
    /// How long a sign-in from there, by that name if by any, has to wait; none if it need not.
    pub(crate) fn wait(&self, from: IpAddr, name: Option<&str>) -> Option<Duration> {
        let now = Instant::now();
        let failed = self.recent(now);
        let wait = |by: By| {
            let (most, within) = by.limit();
            let all = failed.get(&by)?;
            let first = all.get(all.len().checked_sub(most)?)?;
            Some(within.saturating_sub(now.duration_since(*first)))
        };
        sides(from, name).filter_map(wait).max()
    }

    /// A sign-in failed.
    pub(crate) fn failed(&self, from: IpAddr, name: Option<&str>) {
        let now = Instant::now();
        let mut failed = self.recent(now);
        for by in sides(from, name) {
            if failed.len() >= REMEMBERED && !failed.contains_key(&by) {
                let quiet = failed.iter().min_by_key(|(_, all)| all.last().copied());
                if let Some(quiet) = quiet.map(|(by, _)| *by) {
                    failed.remove(&quiet);
                }
            }
            failed.entry(by).or_default().push(now);
        }
    }

    fn recent(&self, now: Instant) -> MutexGuard<'_, BTreeMap<By, Vec<Instant>>> {
        let mut failed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failed.retain(|by, all| {
            let (_, within) = by.limit();
            all.retain(|at| now.duration_since(*at) < within);
            !all.is_empty()
        });
        failed
    }
}

fn sides(from: IpAddr, name: Option<&str>) -> impl Iterator<Item = By> {
    let name = name.map(|name| By::Name(access::hash(name)));
    std::iter::once(By::address(from)).chain(name)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn v4(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_fails_too_often_waits_and_others_do_not() {
        let attempts = Attempts::default();
        for _ in 0..10 {
            assert_eq!(attempts.wait(v4(1), None), None);
            attempts.failed(v4(1), None);
            tokio::time::advance(Duration::from_secs(2)).await;
        }
        assert_eq!(attempts.wait(v4(1), None), Some(Duration::from_secs(40)));
        assert_eq!(attempts.wait(v4(2), None), None);
        tokio::time::advance(Duration::from_secs(40)).await;
        assert_eq!(attempts.wait(v4(1), None), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_waits_wherever_its_guesses_come_from() {
        let attempts = Attempts::default();
        for last in 0..10 {
            attempts.failed(v4(last), Some("ada"));
        }
        assert_eq!(
            attempts.wait(v4(99), Some("ada")),
            Some(Duration::from_mins(5))
        );
        assert_eq!(attempts.wait(v4(99), Some("sue")), None);
        assert_eq!(attempts.wait(v4(99), None), None);
    }

    #[tokio::test(start_paused = true)]
    async fn one_host_has_many_addresses() {
        let attempts = Attempts::default();
        for last in 0..10_u128 {
            let one = Ipv6Addr::from_bits(0x2001_0db8 << 96 | last);
            attempts.failed(one.into(), None);
        }
        let same: IpAddr = "2001:db8::ffff".parse().unwrap();
        let other: IpAddr = "2001:db8:0:1::1".parse().unwrap();
        assert!(attempts.wait(same, None).is_some());
        assert_eq!(attempts.wait(other, None), None);
    }

    #[tokio::test(start_paused = true)]
    async fn memory_has_a_bound_and_forgets_the_quiet() {
        let attempts = Attempts::default();
        for _ in 0..10 {
            attempts.failed(v4(1), Some("ada"));
        }
        for n in 0..REMEMBERED {
            tokio::time::advance(Duration::from_millis(1)).await;
            attempts.failed(v4(1), Some(&format!("n{n}")));
        }
        let kept = attempts.0.lock().unwrap().len();
        assert_eq!(kept, REMEMBERED);
        assert!(attempts.wait(v4(1), None).is_some(), "it was never quiet");
    }
}
