//! `/v1/users`: who signs in to the console, for administrators.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::UserRow;
use utoipa::{IntoParams, ToSchema};

use super::{Change, change};
use crate::access;
use crate::api::App;
use crate::ask::Asked;
use crate::once::Answer;
use crate::page;
use crate::post::Post;
use crate::problem::{Problem, ProblemDocument};
use crate::replays::Nothing;

/// Somebody who signs in. Nothing of a password is told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UserView {
    /// Name to sign in with; of a member of the identity provider oidc/NAME.
    name: String,
    /// They sign in at the identity provider.
    is_member: bool,
    /// They may sign in.
    is_enabled: bool,
    /// Their roles.
    roles: Vec<String>,
    /// Scopes that they have besides.
    scopes: Vec<String>,
    /// The approver that they stand for; left out for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    person: String,
    /// Counts changes, from 1.
    revision: u64,
    /// When they were changed last.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

fn view(row: UserRow) -> UserView {
    UserView {
        is_member: access::is_member(&row.name),
        name: row.name,
        is_enabled: row.is_enabled,
        roles: row.roles,
        scopes: row.scopes,
        person: row.person,
        revision: row.revision,
        changed_at: row.changed_at,
    }
}

/// Where to read on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Users of a page, 1 to 200; 50 if nothing is said.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of users.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UserPage {
    /// Users, by name.
    items: Vec<UserView>,
    /// Where to read on; left out on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists who signs in
#[utoipa::path(
    get,
    path = "/v1/users",
    tag = "users",
    params(Filter),
    responses(
        (status = 200, description = "A page", body = UserPage),
        (status = 400, description = "The query cannot be read", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<Filter>,
) -> Result<Json<UserPage>, Problem> {
    let limit = page::limit(asked.limit)?;
    let mut rows = app.store().users().await?;
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    rows.retain(|row| asked.cursor.as_ref().is_none_or(|after| row.name > *after));
    let next = page::cut(&mut rows, limit).map(|row| row.name.clone());
    Ok(Json(UserPage {
        items: rows.into_iter().map(view).collect(),
        next,
    }))
}

async fn act(post: Post, route: &'static str, how: Change) -> Result<Response, Problem> {
    let ids = post.ids.clone();
    let (Nothing {}, told) = post.read::<Nothing>().await?;
    let (app, name) = (Arc::clone(&told.app), told.id.clone());
    let by = Arc::clone(&told.caller.0);
    let about = (told.id.as_str(), Duration::ZERO);
    told.once(route, about, |_| async move {
        let row = change(&app, &name, how, (&by, &ids)).await?;
        Ok(Answer::json(StatusCode::OK, &view(row)))
    })
    .await
}

/// Ends every session of somebody, in every process; they may sign in again
#[utoipa::path(
    post,
    path = "/v1/users/{name}/sign-out",
    tag = "users",
    request_body(content = Nothing, content_type = "application/json"),
    params(
        ("name" = String, Path, description = "Name; of a member of the identity provider oidc/NAME"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
    ),
    responses(
        (status = 200, description = "The user", body = UserView),
        (status = 404, description = "No such user", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else changed them at the same time", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn end_sessions(post: Post) -> Result<Response, Problem> {
    act(post, "POST /v1/users/{name}/sign-out", Change::SignOut).await
}

/// Lets somebody in no more; their sessions end
#[utoipa::path(
    post,
    path = "/v1/users/{name}/disable",
    tag = "users",
    request_body(content = Nothing, content_type = "application/json"),
    params(
        ("name" = String, Path, description = "Name; of a member of the identity provider oidc/NAME"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
    ),
    responses(
        (status = 200, description = "The user", body = UserView),
        (status = 404, description = "No such user", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "They are disabled already, are the one who asks, or were changed at the same time", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn disable(post: Post) -> Result<Response, Problem> {
    act(post, "POST /v1/users/{name}/disable", Change::Disable).await
}

/// Lets somebody in again
#[utoipa::path(
    post,
    path = "/v1/users/{name}/enable",
    tag = "users",
    request_body(content = Nothing, content_type = "application/json"),
    params(
        ("name" = String, Path, description = "Name; of a member of the identity provider oidc/NAME"),
        ("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request"),
    ),
    responses(
        (status = 200, description = "The user", body = UserView),
        (status = 404, description = "No such user", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "They are enabled already, or were changed at the same time", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn enable(post: Post) -> Result<Response, Problem> {
    act(post, "POST /v1/users/{name}/enable", Change::Enable).await
}
