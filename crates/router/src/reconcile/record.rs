//! Matches of which our own record has both sides: C8, C9 and C10.

use jiff::tz::TimeZone;
use store::{Store, StoreError};

use super::advances::advances;
use super::claims::claims;
use super::class::Match;
use super::gather::midnight;
use super::item::Item;
use super::outward::{Told, outward};
use super::receipts::OurReceipt;
use super::report::Matched;
use super::returns::see;
use super::run::Ask;
use super::scope::Scope;
use super::sides::Done;
use super::sources::here;

/// Reads the returns and compares what they tell. What came for them is given back.
pub(super) async fn compare(
    store: &dyn Store,
    scope: &Scope,
    ask: &Ask,
    zone: &TimeZone,
    before: &[Item],
    done: &mut Done,
) -> Result<Vec<OurReceipt>, StoreError> {
    let seen = see(store, scope, ask, zone, before).await?;
    done.inputs
        .push(here("advances", seen.advances.iter(), ask.now));
    let ended = midnight(scope.date.tomorrow().unwrap_or(scope.date), zone);
    let c8 = advances(scope, ended, &seen.advances);
    done.matched.push(Matched::of(Match::C8, &c8, &[]));
    done.items.extend(c8.items);

    if let Some(lag) = ask.suppliers {
        done.inputs
            .push(here("supplier claims", seen.accounts.iter(), ask.now));
        let c9 = claims(scope, lag, &seen.accounts);
        done.matched.push(Matched::of(Match::C9, &c9, &[]));
        done.items.extend(c9.items);
    }

    done.inputs
        .push(here("messages", seen.told.values(), ask.now));
    done.inputs
        .push(here("statuses", seen.progress.iter(), ask.now));
    let told: Vec<Told> = seen.told.into_values().collect();
    let c10 = outward(scope, &told, &seen.progress);
    done.matched.push(Matched::of(Match::C10, &c10, &[]));
    done.items.extend(c10.items);
    Ok(seen.receipts)
}
