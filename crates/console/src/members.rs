//! Members: people who sign in at the identity provider. The store keeps each beside the users, as `oidc/NAME`, with the rights that their
//! groups gave them when they came last.
//!
//! - An account keeps the name that it came by first: whoever is renamed at the provider stays one person here.
//! - A name stays its account's: whoever is given a name that was another's is refused, until an administrator releases it.
//! - A member stands for an approver if the file of approvers says so (`also = ["oidc/NAME"]`), and never by being called the same.

use std::net::IpAddr;

use store::{AuditEntry, Unit, UserChange, UserRow};
use workflow::approvers::MEMBER;

use crate::access::Holder;
use crate::api::App;
use crate::gate::Ids;
use crate::oidc::{Identity, Refusal};
use crate::problem::Problem;
use crate::users;

/// Why there is no session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failed {
    /// They are not let in, under that name.
    Refused(Refusal, String),
    /// The store does not take it.
    Problem(Problem),
}

impl<E: Into<Problem>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

/// Takes in whom the provider sent. It is in the audit when this returns; rights that changed end the sessions of the rights before.
pub(crate) async fn take_in(
    app: &App,
    identity: Identity,
    from: IpAddr,
    ids: &Ids,
) -> Result<Holder, Failed> {
    let all = app.store().users().await?;
    let found = kept(all, &identity);
    let name = match &found {
        Kept::Theirs(row) => row.name.clone(),
        Kept::Nobodys | Kept::Anothers => format!("{MEMBER}{}", identity.name),
    };
    let refused = |refusal| Err(Failed::Refused(refusal, name.clone()));
    let person = person(app, &name);
    let row = match found {
        Kept::Anothers => return refused(Refusal::Taken),
        Kept::Theirs(row) if !row.is_enabled => return refused(Refusal::Disabled),
        // A name that was released is not taken by somebody who is not let in.
        Kept::Theirs(row) if identity.roles.is_empty() && row.password != identity.account => {
            return refused(Refusal::Group);
        }
        Kept::Theirs(row) => {
            let has_group = !identity.roles.is_empty();
            // Whoever lost every group loses the sessions that run as well.
            let row = with_rights(app, row, &identity, person, ids).await?;
            if !has_group {
                return refused(Refusal::Group);
            }
            row
        }
        Kept::Nobodys if identity.roles.is_empty() => return refused(Refusal::Group),
        Kept::Nobodys => {
            let row = UserRow {
                name: name.clone(),
                password: String::new(),
                scopes: Vec::new(),
                roles: Vec::new(),
                person: String::new(),
                is_enabled: true,
                revision: 0,
                changed_at: app.api.clock.now(),
            };
            with_rights(app, row, &identity, person, ids).await?
        }
    };
    let roles = row.roles.clone();
    let holder = users::holder(app, row);
    let body = serde_json::json!({
        "by": "oidc", "roles": roles, "address": from.to_string(), "request_id": ids.request,
    });
    let unit = Unit {
        audit: vec![entry(
            app,
            (&holder.actor(), "user.signed-in", &name),
            &body,
            ids,
        )],
        ..Unit::default()
    };
    app.store().commit(vec![unit], Vec::new()).await?;
    Ok(holder)
}

/// What the store keeps that has to do with an account.
#[derive(Debug, PartialEq, Eq)]
enum Kept {
    /// The account's row, or one whose name was released.
    Theirs(UserRow),
    /// Nobody had the account or the name.
    Nobodys,
    /// The name is another account's.
    Anothers,
}

fn kept(all: Vec<UserRow>, identity: &Identity) -> Kept {
    let name = format!("{MEMBER}{}", identity.name);
    let mut by_name = None;
    for row in all {
        if row.password == identity.account {
            return Kept::Theirs(row);
        }
        if row.name == name {
            by_name = Some(row);
        }
    }
    match by_name {
        None => Kept::Nobodys,
        Some(row) if row.password.is_empty() => Kept::Theirs(row),
        Some(_) => Kept::Anothers,
    }
}

/// The approver that the file of approvers says they are.
fn person(app: &App, name: &str) -> String {
    let policies = app.policies();
    let person = policies.approvers().and_then(|all| all.person(name));
    person.map_or_else(String::new, |person| person.user.clone())
}

/// The row with the rights of today; written if they are others.
async fn with_rights(
    app: &App,
    mut row: UserRow,
    identity: &Identity,
    person: String,
    ids: &Ids,
) -> Result<UserRow, Failed> {
    let is_as_before = row.roles == identity.roles
        && row.scopes.is_empty()
        && row.person == person
        && row.password == identity.account;
    if is_as_before {
        return Ok(row);
    }
    let action = if row.revision == 0 {
        "user.added"
    } else {
        "user.rights-changed"
    };
    row.roles.clone_from(&identity.roles);
    row.scopes.clear();
    row.person = person;
    row.password.clone_from(&identity.account);
    row.revision += 1;
    row.changed_at = app.api.clock.now();
    let body = serde_json::json!({
        "by": "oidc", "roles": row.roles, "person": row.person, "revision": row.revision, "request_id": ids.request,
    });
    let audit = entry(app, (&row.name, action, &row.name), &body, ids);
    let change = UserChange {
        row: row.clone(),
        audit,
    };
    if app.store().change_user(change).await? {
        return Ok(row);
    }
    let detail =
        "You signed in twice at the same moment, and this one was not taken. Sign in again.";
    Err(Problem::conflict("api.changed", detail).into())
}

fn entry(
    app: &App,
    (actor, action, subject): (&str, &str, &str),
    body: &serde_json::Value,
    ids: &Ids,
) -> AuditEntry {
    AuditEntry {
        at: app.api.clock.now(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        correlation_id: ids.correlation.clone(),
        after_hash: String::new(),
        body: body.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn row(name: &str, account: &str) -> UserRow {
        UserRow {
            name: name.to_owned(),
            password: account.to_owned(),
            scopes: Vec::new(),
            roles: Vec::new(),
            person: String::new(),
            is_enabled: true,
            revision: 1,
            changed_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn identity(name: &str, account: &str) -> Identity {
        Identity {
            name: name.to_owned(),
            account: account.to_owned(),
            roles: Vec::new(),
        }
    }

    #[test]
    fn an_account_keeps_its_name_and_a_name_its_account() {
        let all = || {
            vec![
                row("ada", "$argon2id$"),
                row("oidc/ada", "oidc:1"),
                row("oidc/eve", ""),
            ]
        };
        let theirs = |name, account| Kept::Theirs(row(name, account));
        let found = |name, account| kept(all(), &identity(name, account));
        assert_eq!(found("ada", "oidc:1"), theirs("oidc/ada", "oidc:1"));
        assert_eq!(found("ada.smith", "oidc:1"), theirs("oidc/ada", "oidc:1"));
        assert_eq!(found("eve", "oidc:1"), theirs("oidc/ada", "oidc:1"));
        assert_eq!(found("ada", "oidc:2"), Kept::Anothers);
        assert_eq!(
            found("eve", "oidc:2"),
            theirs("oidc/eve", ""),
            "it was released"
        );
        assert_eq!(found("max", "oidc:2"), Kept::Nobodys);
    }
}
