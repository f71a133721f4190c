//! A handler that panics answers all the same: its caller is told, the log says what it was, and the connection stays.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use http::StatusCode;

use crate::gate::Ids;
use crate::problem::Problem;

/// What `work` comes to, or the refusal (500) that its caller gets if it panics.
///
/// # Errors
/// When `work` panicked. What is shared with it stands behind locks that are taken after a panic as well.
pub(crate) async fn rescued<T>(work: impl Future<Output = T>, ids: &Ids) -> Result<T, Problem> {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .map_err(|panic| {
            let what = said(panic.as_ref());
            tracing::error!(what, request.id = %ids.request, "a request panicked");
            let detail = "this request broke, and it is not known what it did: the log of the sidecar says why, under its x-request-id";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "api.broken", detail)
        })
}

/// The words of a panic.
fn said(panic: &(dyn Any + Send)) -> &str {
    let fixed = panic.downcast_ref::<&str>().copied();
    let made = || panic.downcast_ref::<String>().map(String::as_str);
    fixed.or_else(made).unwrap_or("no words")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_panics_is_told_apart_from_whoever_answers() {
        let ids = Ids::of(&http::HeaderMap::new());
        assert_eq!(rescued(async { 7 }, &ids).await, Ok(7));
        let broken = async { assert!(!ids.correlation.is_empty(), "there is none") };
        let problem = rescued(broken, &ids).await.unwrap_err();
        assert_eq!(problem.status, StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn the_words_of_a_panic_are_found() {
        assert_eq!(said(&"fixed"), "fixed");
        assert_eq!(said(&"made".to_owned()), "made");
        assert_eq!(said(&7_u8), "no words");
    }
}
