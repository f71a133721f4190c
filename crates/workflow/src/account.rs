//! Which account a credit goes to: the one that took the place of the return's, if customers were merged meanwhile.

use crate::policy::Policy;
use crate::work::Work;

/// The account that takes the place of `account` today.
pub(crate) fn surviving(work: &Work<'_>, account: &str) -> String {
    work.live_policy().map_or_else(
        || account.to_owned(),
        |policy| policy.account_at(account, work.given.now).0,
    )
}

/// The account that would be credited, if it is closed.
pub(crate) fn closed(work: &Work<'_>) -> Option<String> {
    let at = |policy: &Policy| policy.account_at(&work.state.header.bill_to, work.given.now);
    let (account, is_closed) = work.live_policy().map(at)?;
    is_closed.then_some(account)
}
