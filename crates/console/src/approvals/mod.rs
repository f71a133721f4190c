//! Approvals: the inbox, one of them, and deciding.

mod decide;
mod list;
mod read;
mod view;

pub(crate) use decide::{__path_approve, __path_reject, approve, reject};
pub(crate) use list::{__path_list, list};
pub(crate) use read::{__path_read, read};

use router::approve::{self, Case};
use workflow::{Approvers, PolicySet};

use crate::api::App;
use crate::problem::Problem;

/// That approval, open or not.
pub(crate) async fn one(app: &App, id: &str) -> Result<Case, Problem> {
    let found = approve::find(app.store(), id).await?;
    found.ok_or_else(|| Problem::not_found(format!("there is no approval {id:?}")))
}

/// Those who may approve, without whom nobody decides here.
fn needed(policies: &PolicySet) -> Result<&Approvers, Problem> {
    policies.approvers().ok_or_else(|| {
        Problem::conflict(
            "api.misconfigured",
            "nobody is configured who may approve: name a file under [approvers]",
        )
    })
}
