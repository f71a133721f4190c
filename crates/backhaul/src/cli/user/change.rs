//! Users are changed: each change with its entry in the audit, at the revision that was looked at.

use std::collections::BTreeSet;

use console::roles::words;
use console::{Scope, access, may_everything, others_administer, password};
use jiff::Timestamp;
use store::{AuditEntry, Store, UserChange, UserRow};

use super::{AddArgs, ByArgs, DisableArgs, OneArgs, RightsArgs, SetScopesArgs, prompt, told};
use crate::check::approvers_file;
use crate::cli::{Ended, output};
use crate::config::Config;

pub(super) async fn add(store: &dyn Store, config: &Config, args: &AddArgs) -> Result<(), Ended> {
    if !access::is_name(&args.name) {
        return Err(Ended::Wrong(format!(
            "{:?} is no name for a user: use letters, digits, -, _ and ., at most 60",
            args.name
        )));
    }
    let (scopes, roles) = rights(config, &args.rights)?;
    let person = person(config, args.person.as_deref())?;
    if store.user(&args.name).await?.is_some() {
        return Err(Ended::Refused(format!(
            "there is a user {:?} already",
            args.name
        )));
    }
    let row = UserRow {
        name: args.name.clone(),
        password: asked_password().await?,
        scopes,
        roles,
        person: person.unwrap_or_default(),
        is_enabled: true,
        revision: 0,
        changed_at: Timestamp::UNIX_EPOCH,
    };
    write(store, row, "user.added", &args.by).await
}

pub(super) async fn set_scopes(
    store: &dyn Store,
    config: &Config,
    args: &SetScopesArgs,
) -> Result<(), Ended> {
    let (scopes, roles) = rights(config, &args.rights)?;
    let person = person(config, args.person.as_deref())?;
    let mut row = one(store, &args.name).await?;
    if access::is_member(&row.name) {
        return Err(Ended::Wrong(format!(
            "{:?} signs in at the identity provider: rights follow from the groups there ([api.oidc.groups]), the person from `also` in the file of approvers",
            row.name
        )));
    }
    let before = may_everything(&row, &config.api.roles());
    (row.scopes, row.roles) = (scopes, roles);
    if before && !may_everything(&row, &config.api.roles()) && row.is_enabled {
        not_the_last(store, config, &row.name, args.force).await?;
    }
    if args.no_person {
        row.person.clear();
    } else if let Some(person) = person {
        row.person = person;
    }
    write(store, row, "user.rights-changed", &args.by).await
}

pub(super) async fn set_password(store: &dyn Store, args: &OneArgs) -> Result<(), Ended> {
    let mut row = one(store, &args.name).await?;
    if access::is_member(&row.name) {
        return Err(Ended::Wrong(format!(
            "{:?} signs in at the identity provider, and has no password here",
            row.name
        )));
    }
    row.password = asked_password().await?;
    write(store, row, "user.password-changed", &args.by).await
}

pub(super) async fn enable(store: &dyn Store, args: &OneArgs) -> Result<(), Ended> {
    let mut row = one(store, &args.name).await?;
    if row.is_enabled {
        let name = &args.name;
        return Err(Ended::Refused(format!("user {name:?} is enabled already")));
    }
    row.is_enabled = true;
    write(store, row, "user.enabled", &args.by).await
}

pub(super) async fn disable(
    store: &dyn Store,
    config: &Config,
    args: &DisableArgs,
) -> Result<(), Ended> {
    let mut row = one(store, &args.name).await?;
    if !row.is_enabled {
        let name = &args.name;
        return Err(Ended::Refused(format!("user {name:?} is disabled already")));
    }
    if may_everything(&row, &config.api.roles()) {
        not_the_last(store, config, &row.name, args.force).await?;
    }
    row.is_enabled = false;
    write(store, row, "user.disabled", &args.by).await
}

/// Refuses if nobody else administers, unless it is meant.
async fn not_the_last(
    store: &dyn Store,
    config: &Config,
    name: &str,
    force: bool,
) -> Result<(), Ended> {
    if force || others_administer(&store.users().await?, name, &config.api.roles()) {
        return Ok(());
    }
    Err(Ended::Refused(format!(
        "user {name:?} is the last who administers: let another administrator in first, or add --force"
    )))
}

pub(super) async fn sign_out(store: &dyn Store, args: &OneArgs) -> Result<(), Ended> {
    // Sessions are of the revision that they were opened with.
    let row = one(store, &args.name).await?;
    write(store, row, "user.signed-out", &args.by).await
}

/// Lets another account of the identity provider have the name of a member.
pub(super) async fn release(store: &dyn Store, args: &OneArgs) -> Result<(), Ended> {
    let mut row = one(store, &args.name).await?;
    if !access::is_member(&row.name) {
        return Err(Ended::Wrong(format!(
            "{:?} signs in by a password: set-password gives the name to somebody else",
            row.name
        )));
    }
    row.password.clear();
    write(store, row, "user.released", &args.by).await
}

async fn one(store: &dyn Store, name: &str) -> Result<UserRow, Ended> {
    store
        .user(name)
        .await?
        .ok_or_else(|| Ended::Refused(format!("there is no user {name:?}: backhaul user list")))
}

/// Words of the scopes and names of the roles.
fn rights(config: &Config, args: &RightsArgs) -> Result<(Vec<String>, Vec<String>), Ended> {
    let known = config.api.roles();
    if let Some(role) = args.roles.iter().find(|role| known.of(role).is_none()) {
        let names: Vec<&str> = known.names().collect();
        return Err(Ended::Wrong(format!(
            "there is no role {role:?}: give one of {}, or add it to the configuration as [[api.role]]",
            names.join(", ")
        )));
    }
    let mut held: BTreeSet<Scope> = args.scopes.iter().copied().collect();
    held.extend(
        args.roles
            .iter()
            .filter_map(|role| known.of(role))
            .flatten(),
    );
    let together = known.together(&held);
    if !together.is_empty() {
        return Err(Ended::Wrong(format!(
            "nobody holds {} together: [[api.apart]] keeps them apart",
            words(&together)
        )));
    }
    let scopes = args.scopes.iter().map(|scope| scope.word().to_owned());
    Ok((scopes.collect(), args.roles.clone()))
}

/// A user of the file of approvers, as written there.
fn person(config: &Config, name: Option<&str>) -> Result<Option<String>, Ended> {
    let Some(name) = name else {
        return Ok(None);
    };
    let Some((file, text)) = approvers_file(config) else {
        return Err(Ended::Wrong(
            "there is no file of approvers that could be read, in which the person would be: name one under [approvers]".to_owned(),
        ));
    };
    let approvers = workflow::Approvers::load(&file, &text).map_err(|problems| {
        let problems = problems.iter().map(|p| format!("{}: {}", p.place, p.what));
        Ended::Wrong(problems.collect::<Vec<_>>().join("\n"))
    })?;
    match approvers.person(name) {
        Some(person) => Ok(Some(person.user.clone())),
        None => Err(Ended::Wrong(format!(
            "there is no person {name:?} in {file}: give the user of a [[person]]"
        ))),
    }
}

/// Asks for a password and gives its hash, which keeps a thread busy.
async fn asked_password() -> Result<String, Ended> {
    let text = prompt::password().await?;
    let asked = tokio::task::spawn_blocking(move || {
        password::hash(&text).map_err(|wrong| Ended::Wrong(format!("{wrong}: nothing was done")))
    });
    asked
        .await
        .map_err(|error| Ended::Failed(error.to_string()))?
}

async fn write(
    store: &dyn Store,
    mut row: UserRow,
    action: &str,
    by: &ByArgs,
) -> Result<(), Ended> {
    row.revision += 1;
    row.changed_at = Timestamp::now();
    let told = told(&row);
    let audit = AuditEntry {
        at: row.changed_at,
        actor: by.by.clone(),
        action: action.to_owned(),
        subject: access::kept_actor(&row.name),
        correlation_id: String::new(),
        after_hash: String::new(),
        body: told.to_string(),
    };
    let name = row.name.clone();
    if !store.change_user(UserChange { row, audit }).await? {
        return Err(Ended::Refused(format!(
            "somebody else changed user {name:?} at the same time, and nothing was done: look, and do it again"
        )));
    }
    if by.json {
        return output::json(&told);
    }
    let done = action.trim_start_matches("user.").replace('-', " ");
    output::line(format!("user {name}: {done}"))?;
    if action == "user.added" {
        output::line(
            "where the console is served they may sign in at once; where it is not yet, for want of a token, start the sidecar anew",
        )?;
    }
    Ok(())
}
