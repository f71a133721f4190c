//! Answers that take long to find: told again for a moment, and found by one request at a time.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use store::StoreError;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use tokio::time::{Instant, timeout_at};

use crate::problem::Problem;

/// An answer is told again within that time: several look at it, and each reads much.
const FRESH: Duration = Duration::from_secs(30);
/// So old it is still told, with its instant, while another answer is found.
const TOLD: Duration = Duration::from_mins(10);
/// So old it is still shown to people, with its instant and that a newer one is being found.
const SHOWN: Duration = Duration::from_hours(1);
/// A program waits that long for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// A page waits that long for its answer; then it says that it is being found.
const SOON: Duration = Duration::from_millis(150);
/// Questions whose answers are kept.
const KEPT: usize = 32;

/// An answer, or why there is none.
#[derive(Debug)]
struct Kept<T> {
    question: String,
    at: Instant,
    answer: Result<Arc<T>, StoreError>,
}

/// Answers by their questions, the latest first.
#[derive(Debug)]
pub(crate) struct Answers<T> {
    /// Whoever reads that much does it alone.
    turn: Arc<Turn<()>>,
    kept: Mutex<VecDeque<Kept<T>>>,
}

/// What a page is given at once.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen<T> {
    /// The answer; `is_old` while a newer one is being found.
    Told {
        /// The answer.
        answer: Arc<T>,
        /// A newer one is being found.
        is_old: bool,
    },
    /// It is being found.
    Counting,
}

impl<T: Send + Sync + 'static> Answers<T> {
    /// None yet. Of all that have the same turn one finds an answer at a time.
    pub(crate) fn new(turn: &Arc<Turn<()>>) -> Arc<Self> {
        Arc::new(Self {
            turn: Arc::clone(turn),
            kept: Mutex::default(),
        })
    }

    /// The answer to a question: the one that is kept if it is fresh, else the one found now.
    pub(crate) async fn to(
        &self,
        question: String,
        find: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<Arc<T>, Problem> {
        if let Some(answer) = self.fresh(&question) {
            return Ok(answer);
        }
        let until = match self.younger(&question, TOLD) {
            Some(_) => Instant::now(),
            None => Instant::now() + PATIENCE,
        };
        let Ok(_turn) = timeout_at(until, self.turn.lock()).await else {
            let busy = || Problem::later("the numbers of another request are being added up");
            return self.younger(&question, TOLD).ok_or_else(busy);
        };
        if let Some(answer) = self.fresh(&question) {
            return Ok(answer);
        }
        let answer = Arc::new(find.await?);
        self.keep(question, Ok(Arc::clone(&answer)));
        Ok(answer)
    }

    /// The answer to a question at once, or that it is being found: it is, whether anybody waits for it or not.
    pub(crate) async fn soon(
        self: &Arc<Self>,
        question: String,
        find: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<Seen<T>, Problem> {
        let until = Instant::now() + SOON;
        if self.fresh(&question).is_none() {
            if let Some(error) = self.failed(&question) {
                return Err(error.into());
            }
            let turn = Arc::clone(&self.turn);
            // In time, or another question has it.
            if let Ok(turn) = timeout_at(until, turn.lock_owned()).await
                && self.fresh(&question).is_none()
            {
                let answers = Arc::clone(self);
                let found = tokio::spawn(answers.find(turn, question.clone(), find));
                // In time, or it is found for whoever comes next.
                if let Ok(Err(error)) = timeout_at(until, found).await {
                    tracing::error!(%error, "the numbers are not counted");
                }
                if let Some(error) = self.failed(&question) {
                    return Err(error.into());
                }
            }
        }
        if let Some(answer) = self.fresh(&question) {
            let is_old = false;
            return Ok(Seen::Told { answer, is_old });
        }
        Ok(match self.younger(&question, SHOWN) {
            Some(answer) => Seen::Told {
                answer,
                is_old: true,
            },
            None => Seen::Counting,
        })
    }

    /// Finds an answer without being asked.
    pub(crate) async fn renew(
        self: &Arc<Self>,
        question: String,
        find: impl Future<Output = Result<T, StoreError>>,
    ) {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        Arc::clone(self).find(turn, question, find).await;
    }

    async fn find(
        self: Arc<Self>,
        turn: OwnedMutexGuard<()>,
        question: String,
        find: impl Future<Output = Result<T, StoreError>>,
    ) {
        let answer = find.await.map(Arc::new);
        self.keep(question, answer);
        drop(turn);
    }

    /// The one that is kept, if it is fresh.
    fn fresh(&self, question: &str) -> Option<Arc<T>> {
        self.younger(question, FRESH)
    }

    fn younger(&self, question: &str, age: Duration) -> Option<Arc<T>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.iter().find(|kept| kept.question == question)?;
        let answer = kept.answer.as_ref().ok()?;
        (kept.at.elapsed() < age).then(|| Arc::clone(answer))
    }

    /// Why there is none; told once, then it is looked for again.
    fn failed(&self, question: &str) -> Option<StoreError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |kept: &Kept<T>| kept.question == question && kept.answer.is_err();
        let at = kept.iter().position(is_it)?;
        kept.remove(at)?.answer.err()
    }

    fn keep(&self, question: String, answer: Result<Arc<T>, StoreError>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|kept| kept.question != question);
        kept.push_front(Kept {
            question,
            at: Instant::now(),
            answer,
        });
        kept.truncate(KEPT);
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    fn answers() -> Arc<Answers<u32>> {
        Answers::new(&Arc::default())
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_told_again_for_a_moment() {
        let answers = answers();
        let ask = async |found: u32| {
            let answer = answers.to("?".to_owned(), async move { Ok(found) }).await;
            *answer.unwrap()
        };
        assert_eq!((ask(1).await, ask(2).await), (1, 1));
        tokio::time::advance(FRESH).await;
        assert_eq!((ask(3).await, ask(4).await), (3, 3));
        tokio::time::advance(FRESH).await;
        let _other = answers.turn.lock().await;
        assert_eq!(ask(5).await, 3, "while another answer is found");
        let nothing = answers.to("!".to_owned(), async { Ok(6) }).await;
        assert!(nothing.is_err(), "nobody knows yet");
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_does_not_wait_for_long() {
        let answers = answers();
        let slow = |found: u32| async move {
            tokio::time::sleep(4 * SOON).await;
            Ok(found)
        };
        let told = |answer, is_old| Seen::Told {
            answer: Arc::new(answer),
            is_old,
        };
        let ask = async |question: &str, found| {
            let seen = answers.soon(question.to_owned(), slow(found)).await;
            seen.unwrap()
        };
        assert_eq!(ask("?", 1).await, Seen::Counting);
        assert_eq!(ask("!", 9).await, Seen::Counting, "it is not its turn");
        tokio::time::sleep(4 * SOON).await;
        assert_eq!(ask("?", 2).await, told(1, false));
        tokio::time::sleep(FRESH).await;
        assert_eq!(ask("?", 3).await, told(1, true));
        tokio::time::sleep(4 * SOON).await;
        assert_eq!(ask("?", 4).await, told(3, false));
        tokio::time::sleep(SHOWN).await;
        assert_eq!(ask("?", 5).await, Seen::Counting, "too old to be shown");
        let at_once = answers.soon("=".to_owned(), async { Ok(6) });
        tokio::time::sleep(4 * SOON).await;
        assert_eq!(at_once.await.unwrap(), told(6, false));
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_found_is_said_once() {
        let answers = answers();
        let broken = || async {
            tokio::time::sleep(4 * SOON).await;
            Err(StoreError::Broken("x".to_owned()))
        };
        let ask = async || answers.soon("?".to_owned(), broken()).await;
        assert_eq!(ask().await.unwrap(), Seen::Counting);
        tokio::time::sleep(4 * SOON).await;
        assert!(ask().await.is_err());
        assert_eq!(ask().await.unwrap(), Seen::Counting, "it is tried again");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_renewed_is_there_at_once() {
        let answers = answers();
        answers.renew("?".to_owned(), async { Ok(1) }).await;
        let seen = answers.soon("?".to_owned(), pending()).await.unwrap();
        let answer = Arc::new(1);
        assert_eq!(
            seen,
            Seen::Told {
                answer,
                is_old: false
            }
        );
    }
}
