//! People who sign in: what the store keeps of them, as holders of rights. Members sign in at the identity provider (`members`), and are kept
//! beside those who have a password.

use std::time::Duration;

use http::StatusCode;
use store::{AuditEntry, Unit, UserChange, UserRow};
use tokio::sync::Semaphore;
use workflow::approvers::MEMBER;

use crate::access::{self, Holder, Who};
use crate::api::App;
use crate::gate::Ids;
use crate::password;
use crate::problem::Problem;

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
    let entry = |subject: String| AuditEntry {
        at: app.api.clock.now(),
        actor: by.actor(),
        action: "user.signed-out".to_owned(),
        subject,
        correlation_id: ids.correlation.clone(),
        after_hash: String::new(),
        body: serde_json::json!({ "everywhere": true, "request_id": ids.request }).to_string(),
    };
    match whose.kept() {
        None => {
            let unit = Unit {
                audit: vec![entry(access::actor(whose.name()))],
                ..Unit::default()
            };
            app.store().commit(vec![unit], Vec::new()).await?;
            Ok(())
        }
        Some((name, _)) => {
            let row = app.store().user(&name).await?;
            let mut row = row.ok_or_else(|| nobody(&name))?;
            row.revision += 1;
            row.changed_at = app.api.clock.now();
            let audit = entry(access::kept_actor(&name));
            if app.store().change_user(UserChange { row, audit }).await? {
                return Ok(());
            }
            let detail = "somebody else changed this user at the same time: look, and do it again";
            Err(Problem::conflict("api.changed", detail))
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
