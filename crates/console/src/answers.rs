//! Answers that take long to find: told again for a moment, and found by one request at a time.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use store::StoreError;
use tokio::time::Instant;

use crate::problem::Problem;

/// An answer is told again within that time: several look at it, and each reads much.
const FRESH: Duration = Duration::from_secs(30);
/// So old it is still told, with its instant, while another answer is found.
const TOLD: Duration = Duration::from_mins(10);
/// Questions whose answers are kept.
const KEPT: usize = 32;
/// Whoever reads that much does it alone.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Answers by their questions, the latest first.
#[derive(Debug)]
pub(crate) struct Answers<T>(Mutex<VecDeque<(String, Instant, Arc<T>)>>);

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Answers<T> {
    /// The answer to a question: the one that is kept if it is fresh, else the one found now.
    pub(crate) async fn to(
        &self,
        question: String,
        find: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<Arc<T>, Problem> {
        if let Some(answer) = self.younger(&question, FRESH) {
            return Ok(answer);
        }
        let Ok(_alone) = ALONE.try_lock() else {
            let busy = || Problem::later("the numbers of another request are being added up");
            return self.younger(&question, TOLD).ok_or_else(busy);
        };
        let answer = Arc::new(find.await?);
        self.keep(question, &answer);
        Ok(answer)
    }

    fn younger(&self, question: &str, age: Duration) -> Option<Arc<T>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, at, answer) = kept.iter().find(|(asked, ..)| asked == question)?;
        (at.elapsed() < age).then(|| Arc::clone(answer))
    }

    fn keep(&self, question: String, answer: &Arc<T>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(asked, ..)| *asked != question);
        kept.push_front((question, Instant::now(), Arc::clone(answer)));
        kept.truncate(KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_told_again_for_a_moment() {
        let answers = Answers::default();
        let ask = async |found: u32| {
            let answer = answers.to("?".to_owned(), async move { Ok(found) }).await;
            *answer.unwrap()
        };
        assert_eq!((ask(1).await, ask(2).await), (1, 1));
        tokio::time::advance(FRESH).await;
        assert_eq!((ask(3).await, ask(4).await), (3, 3));
        tokio::time::advance(FRESH).await;
        let _other = ALONE.lock().await;
        assert_eq!(ask(5).await, 3, "while another answer is found");
        let nothing = answers.to("!".to_owned(), async { Ok(6) }).await;
        assert!(nothing.is_err(), "nobody knows yet");
    }
}
