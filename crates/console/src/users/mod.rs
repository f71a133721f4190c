//! People who sign in: what the store keeps of them, as holders of rights. Members sign in at the identity provider (`members`), and are kept
//! beside those who have a password.

mod change;
mod desk;
mod last;

use std::time::Duration;

use http::StatusCode;
use store::{Unit, UserRow};
use tokio::sync::Semaphore;
use workflow::approvers::MEMBER;

use crate::access::{self, Holder, Who};
use crate::api::App;
use crate::gate::Ids;
use crate::password;
use crate::problem::Problem;

pub(crate) use change::{Change, change};
pub(crate) use desk::{
    __path_disable, __path_enable, __path_end_sessions, __path_list, disable, enable, end_sessions,
    list,
};
pub use last::{may_everything, others_administer};

/// Passwords that are looked at side by side; each takes 19 MiB and a core.
static SEATS: Semaphore = Semaphore::const_new(2);
/// How long somebody waits for a seat.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who has that name and that password; none if nobody has, or may not sign in. All of these take the same work.
/// Whether it is looked at is asked when it is its turn: `is_shut`.
pub(crate) async fn known(
    app: &App,
    (name, password): (&str, &str),
    is_shut: impl Fn() -> bool,
) -> Result<Option<Holder>, Problem> {
    let seat = tokio::time::timeout(PATIENCE, SEATS.acquire()).await;
    let Ok(Ok(_seat)) = seat else {
        return Err(Problem::later(
            "many people sign in at this moment: try again",
        ));
    };
    if is_shut() {
        return Ok(None);
    }
    let row = app.store().user(name).await?;
    let row = row.filter(|row| !access::is_member(&row.name));
    let kept = row.as_ref().map(|row| row.password.clone());
    let password = password.to_owned();
    let work = move || password::verify(&password, kept.as_deref());
    let is_right = tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "a password cannot be looked at");
        let detail = "the password cannot be looked at: the log of the sidecar says why";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "api.broken", detail)
    })?;
    let row = row.filter(|row| is_right && row.is_enabled);
    Ok(row.map(|row| holder(app, row)))
}

/// What a user or a member may do.
pub(crate) fn holder(app: &App, row: UserRow) -> Holder {
    let who = match row.name.strip_prefix(MEMBER) {
        Some(name) => Who::Member(name.to_owned(), row.revision),
        None => Who::User(row.name.clone(), row.revision),
    };
    Holder {
        scopes: app.api.roles.scopes(&row.name, &row.scopes, &row.roles),
        // No tenant of a token has such a name.
        tenant: access::kept_actor(&row.name),
        person: Some(row.person).filter(|person| !person.is_empty()),
        who,
    }
}

/// Ends every session of a token or a user by whoever wants it, which is in the audit: those of a user are of the revision
/// that they were opened with, in every process.
pub(crate) async fn sign_out(
    app: &App,
    whose: &Holder,
    by: &Holder,
    ids: &Ids,
) -> Result<(), Problem> {
    match whose.kept() {
        None => {
            let unit = Unit {
                audit: vec![Change::SignOut.entry(app, access::actor(whose.name()), (by, ids))],
                ..Unit::default()
            };
            app.store().commit(vec![unit], Vec::new()).await?;
            Ok(())
        }
        Some((name, _)) => {
            change(app, &name, Change::SignOut, (by, ids)).await?;
            Ok(())
        }
    }
}

/// There is no such user.
pub(crate) fn nobody(name: &str) -> Problem {
    Problem::not_found(format!("there is no user {name:?}"))
}

/// True if the rights of a session are still those of whoever opened it.
pub(crate) async fn still_holds(app: &App, holder: &Holder) -> Result<bool, Problem> {
    let Some((name, revision)) = holder.kept() else {
        return Ok(true);
    };
    let row = app.store().user(&name).await?;
    Ok(row.is_some_and(|row| row.is_enabled && row.revision == revision))
}
