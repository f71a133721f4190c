//! What partners have to say: messages that come when their time is there, and come again until they are told that they
//! were taken.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use connector::{Failure, Inbound, Origin, Settlement, Source};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::hop::{Fault, Hop};
use crate::process::Process;

/// The connector instance that takes them in.
pub const CONNECTOR: &str = "portal";

/// All that is to be said, by all partners.
pub struct Feed {
    posts: Mutex<Vec<Post>>,
    wake: Notify,
}

struct Post {
    name: String,
    raw: Bytes,
    due: Instant,
    taken_by: Option<u64>,
    done: bool,
    repeats: u32,
}

impl Feed {
    /// Nothing to say yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            posts: Mutex::default(),
            wake: Notify::new(),
        })
    }

    fn posts(&self) -> MutexGuard<'_, Vec<Post>> {
        self.posts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has something to say after that time.
    pub fn post(&self, name: &str, raw: impl Into<Bytes>, after: Duration) {
        self.posts().push(Post {
            name: name.to_owned(),
            raw: raw.into(),
            due: Instant::now() + after,
            taken_by: None,
            done: false,
            repeats: 0,
        });
        self.wake.notify_waiters();
    }

    /// True when everything was said and taken.
    pub fn is_done(&self) -> bool {
        self.posts().iter().all(|post| post.done)
    }

    /// What every message says, by name.
    pub fn said(&self) -> BTreeMap<String, Bytes> {
        let posts = self.posts();
        posts
            .iter()
            .map(|p| (p.name.clone(), p.raw.clone()))
            .collect()
    }

    /// A process has died: what it was told and did not answer is said again.
    pub fn disconnect(&self, process: u64) {
        for post in self
            .posts()
            .iter_mut()
            .filter(|p| p.taken_by == Some(process))
        {
            post.taken_by = None;
            post.due = Instant::now() + Duration::from_secs(2);
        }
        self.wake.notify_waiters();
    }

    /// The next one that is due, or when there may be one.
    fn take(&self, process: u64) -> Result<(u64, String, Bytes), Option<Instant>> {
        let mut posts = self.posts();
        let open = |post: &Post| !post.done && post.taken_by.is_none();
        let next = posts
            .iter()
            .enumerate()
            .filter(|(_, p)| open(p))
            .min_by_key(|(at, p)| (p.due, *at));
        let Some((at, due)) = next.map(|(at, post)| (at, post.due)) else {
            return Err(None);
        };
        if due > Instant::now() {
            return Err(Some(due));
        }
        match posts.get_mut(at) {
            Some(post) => {
                post.taken_by = Some(process);
                Ok((at as u64, post.name.clone(), post.raw.clone()))
            }
            None => Err(None),
        }
    }

    fn settled(&self, token: u64, process: u64, how: &Settlement, repeated: bool) {
        let mut posts = self.posts();
        let Some(post) = usize::try_from(token).ok().and_then(|at| posts.get_mut(at)) else {
            return;
        };
        if post.taken_by != Some(process) {
            return;
        }
        post.taken_by = None;
        match how {
            Settlement::Stored | Settlement::Parked(_) => {
                post.done = !repeated || post.repeats >= 2;
                post.repeats += 1;
                post.due = Instant::now() + Duration::from_secs(20);
            }
            Settlement::NotNow => post.due = Instant::now() + Duration::from_secs(3),
        }
        self.wake.notify_waiters();
    }
}

/// The way in, for one process.
pub struct Mouth {
    /// What there is to say.
    pub feed: Arc<Feed>,
    /// The process.
    pub process: Arc<Process>,
}

#[async_trait]
impl Source for Mouth {
    async fn next(&mut self) -> Result<Option<Inbound>, Failure> {
        loop {
            let notified = self.feed.wake.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            let taken = if self.process.is_alive() {
                self.feed.take(self.process.number)
            } else {
                Err(None)
            };
            match taken {
                Ok((token, name, raw)) => {
                    let chance = &self.process.world.chance;
                    let visit = chance.visit(Hop::TakeIn);
                    if chance.strikes(visit, Fault::CrashBefore)
                        || chance.strikes(visit, Fault::CrashAfter)
                    {
                        self.process.tell(format!("dies at TakeIn of {name}"));
                        self.process.kill();
                        continue;
                    }
                    let origin = Origin {
                        connector: CONNECTOR.to_owned(),
                        channel: "sim".to_owned(),
                        reference: name,
                        received_at: self.process.clock().now(),
                        headers: BTreeMap::new(),
                        token,
                    };
                    return Ok(Some(Inbound {
                        origin,
                        raw,
                        refused: None,
                    }));
                }
                Err(Some(due)) => drop(tokio::time::timeout_at(due, notified).await),
                Err(None) => notified.await,
            }
        }
    }

    async fn settle(&mut self, origin: &Origin, how: Settlement) -> Result<(), Failure> {
        let visit = self.process.enter(Hop::Settle).await;
        let repeated = self.process.world.chance.strikes(visit, Fault::SentTwice);
        self.process
            .tell(format!("settles {} as {how:?}", origin.reference));
        self.feed
            .settled(origin.token, self.process.number, &how, repeated);
        self.process.leave(visit, Hop::Settle).await;
        Ok(())
    }
}
