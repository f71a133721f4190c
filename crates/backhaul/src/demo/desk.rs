//! What people do in the demo: they let a send go out again that was sent often and never answered.

use anyhow::Result;
use canonical::ExceptionCode;
use jiff::Timestamp;
use router::Routes;
use router::desk::{self, Decided, Replay};
use store::{ExceptionFilter, ExceptionState, Store};

/// Rounds that they make at most: a partner that never answers keeps nobody here for ever.
const ROUNDS: u32 = 20;

/// Whoever looks after what waits for a person.
pub(crate) struct Desk<'a> {
    routes: &'a Routes,
    rounds: u32,
}

impl<'a> Desk<'a> {
    pub(crate) const fn new(routes: &'a Routes) -> Self {
        Self { routes, rounds: 0 }
    }

    /// Gives back what a target has not confirmed after all its sends; how many they were.
    pub(crate) async fn release(&mut self, store: &dyn Store) -> Result<usize> {
        if self.rounds >= ROUNDS {
            return Ok(0);
        }
        self.rounds += 1;
        let filter = ExceptionFilter {
            state: Some(ExceptionState::Open),
            code: Some(ExceptionCode::ErpUnknownSla.word().to_owned()),
            ..ExceptionFilter::default()
        };
        let how = Replay {
            who: "demo",
            vouched: false,
            routes: self.routes,
        };
        let mut released = 0;
        for row in store.exceptions(&filter).await? {
            let decided = desk::replay(store, &row, how, Timestamp::now()).await?;
            released += usize::from(matches!(decided, Decided::Done(_)));
        }
        Ok(released)
    }
}
