//! `Prefer: wait=SECONDS` (RFC 7240, section 4.3): the answer waits for what follows.

use std::time::Duration;

use http::HeaderMap;
use store::{Lookup, ReturnRow, Store, StoreError};
use tokio::time::Instant;

/// Longest wait.
const LONGEST: u64 = 30;
/// Between two looks.
const EVERY: Duration = Duration::from_millis(40);

/// How long the caller wants to wait; zero if nothing is said. Longer waits than ours are cut, as a preference may be.
pub(crate) fn preferred(headers: &HeaderMap) -> Duration {
    let texts = headers.get_all("prefer").iter();
    let wait = texts
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split([',', ';']))
        .find_map(|part| {
            let (name, value) = part.split_once('=')?;
            let is_wait = name.trim().eq_ignore_ascii_case("wait");
            is_wait.then(|| value.trim().trim_matches('"').parse::<u64>().ok())?
        });
    Duration::from_secs(wait.unwrap_or(0).min(LONGEST))
}

/// Waits until the return is there and is as wished; gives it as it is when the time is over, if it is there.
pub(crate) async fn until(
    store: &dyn Store,
    return_id: &str,
    longest: Duration,
    wished: impl Fn(&ReturnRow) -> bool,
) -> Result<Option<ReturnRow>, StoreError> {
    let deadline = Instant::now() + longest;
    loop {
        let found = store.load(&[Lookup::Id(return_id.to_owned())]).await?;
        let found = found.into_iter().next().flatten();
        if found.as_ref().is_some_and(&wished) || Instant::now() >= deadline {
            return Ok(found);
        }
        tokio::time::sleep(EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preference_is_found_among_others() {
        let with = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("prefer", text.parse().unwrap());
            preferred(&headers).as_secs()
        };
        assert_eq!(preferred(&HeaderMap::new()), Duration::ZERO);
        assert_eq!(with("wait=5"), 5);
        assert_eq!(with("respond-async, Wait = \"7\""), 7);
        assert_eq!(with("wait=soon"), 0);
        assert_eq!(with("wait=100000"), LONGEST);
    }
}
