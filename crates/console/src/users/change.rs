//! What an administrator does with somebody who signs in; each with its entry in the audit.

use serde_json::json;
use store::{AuditEntry, UserChange, UserRow};

use tokio::sync::Mutex;

use super::{may_everything, nobody, others_administer};
use crate::access::{self, Holder};
use crate::api::App;
use crate::gate::Ids;
use crate::problem::Problem;

/// One change at a time: two administrators do not shut each other out.
static ONE: Mutex<()> = Mutex::const_new(());

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Every session of theirs ends; they may sign in again.
    SignOut,
    /// They sign in no more, and their sessions end.
    Disable,
    /// They may sign in again.
    Enable,
}

impl Change {
    const fn action(self) -> &'static str {
        match self {
            Self::SignOut => "user.signed-out",
            Self::Disable => "user.disabled",
            Self::Enable => "user.enabled",
        }
    }

    /// What the audit says of it.
    pub(super) fn entry(
        self,
        app: &App,
        subject: String,
        (by, ids): (&Holder, &Ids),
    ) -> AuditEntry {
        let mut body = json!({ "request_id": ids.request });
        if self == Self::SignOut {
            body["everywhere"] = true.into();
        }
        AuditEntry {
            at: app.api.clock.now(),
            actor: by.actor(),
            action: self.action().to_owned(),
            subject,
            correlation_id: ids.correlation.clone(),
            after_hash: String::new(),
            body: body.to_string(),
        }
    }
}

/// Does it with whoever has that name. Sessions are of the revision that they were opened with, in every process.
pub(crate) async fn change(
    app: &App,
    name: &str,
    how: Change,
    (by, ids): (&Holder, &Ids),
) -> Result<UserRow, Problem> {
    let _alone = ONE.lock().await;
    let row = app.store().user(name).await?;
    let mut row = row.ok_or_else(|| nobody(name))?;
    let refused = |detail: &str| Problem::conflict("users.refused", detail);
    match how {
        Change::SignOut => {}
        Change::Disable if by.kept().is_some_and(|(own, _)| own == name) => {
            return Err(refused(
                "nobody shuts themselves out: another administrator does",
            ));
        }
        Change::Disable if !row.is_enabled => return Err(refused("they are disabled already")),
        Change::Enable if row.is_enabled => return Err(refused("they are enabled already")),
        Change::Disable
            if may_everything(&row, &app.api.roles)
                && !others_administer(&app.store().users().await?, name, &app.api.roles) =>
        {
            return Err(refused(
                "they are the last who administers: let another administrator in first, or do it on the store (backhaul user disable --force)",
            ));
        }
        Change::Disable => row.is_enabled = false,
        Change::Enable => row.is_enabled = true,
    }
    row.revision += 1;
    row.changed_at = app.api.clock.now();
    let audit = how.entry(app, access::kept_actor(name), (by, ids));
    let changed = UserChange {
        row: row.clone(),
        audit,
    };
    if app.store().change_user(changed).await? {
        return Ok(row);
    }
    let detail = "somebody else changed this user at the same time: look, and do it again";
    Err(Problem::conflict("api.changed", detail))
}
