//! The provider's routes: its description, its keys, codes and tokens.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;
use url::Url;
use url::form_urlencoded::byte_serialize;

use super::key::{Key, Signing};
use super::token::{Facts, Trick, made};
use super::{Client, Ledger, Person};

type Fields = BTreeMap<String, String>;

/// What a code was given for.
struct Grant {
    redirect_uri: String,
    challenge: String,
    nonce: String,
    person: Person,
}

pub(super) struct Held {
    pub(super) person: Person,
    pub(super) trick: Option<Trick>,
    pub(super) ledger: Ledger,
    pub(super) issuer: String,
    pub(super) shows_page: bool,
    key: Key,
    other: Key,
    keys: u32,
    grants: BTreeMap<String, Grant>,
}

pub(super) struct Desk {
    client: Client,
    signing: Signing,
    held: Mutex<Held>,
}

impl Desk {
    pub(super) fn new(client: Client, signing: Signing) -> io::Result<Self> {
        let held = Held {
            person: Person::default(),
            trick: None,
            ledger: Ledger::default(),
            issuer: String::new(),
            shows_page: false,
            key: Key::new(signing, "key-1".to_owned())?,
            other: Key::new(signing, "unpublished".to_owned())?,
            keys: 1,
            grants: BTreeMap::new(),
        };
        Ok(Self {
            client,
            signing,
            held: Mutex::new(held),
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_at(&self, url: String) {
        self.state().issuer = url;
    }

    pub(super) fn rotate(&self) -> io::Result<()> {
        let mut held = self.state();
        held.keys += 1;
        held.key = Key::new(self.signing, format!("key-{}", held.keys))?;
        Ok(())
    }
}

pub(super) fn router(desk: Arc<Desk>, cancel: CancellationToken) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(description))
        .route("/keys", get(keys))
        .route("/authorize", get(authorize))
        .route(
            "/token",
            post(
                async move |desk: State<Arc<Desk>>, headers: HeaderMap, form: Form<Fields>| {
                    token(&desk, &headers, &form, &cancel).await
                },
            ),
        )
        .with_state(desk)
}

async fn description(State(desk): State<Arc<Desk>>) -> Json<Value> {
    let mut held = desk.state();
    held.ledger.descriptions += 1;
    let at = &held.issuer;
    let issuer = match held.trick {
        Some(Trick::OtherDescription) => "http://127.0.0.1:1",
        _ => at,
    };
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{at}/authorize"),
        "token_endpoint": format!("{at}/token"),
        "jwks_uri": format!("{at}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [held.key.alg()],
        "code_challenge_methods_supported": ["S256"],
    }))
}

async fn keys(State(desk): State<Arc<Desk>>) -> Json<Value> {
    let mut held = desk.state();
    held.ledger.keys += 1;
    // One that nobody can read is among them: it is no reason to refuse the other.
    Json(json!({ "keys": [{ "kty": "newer", "kid": "odd" }, held.key.jwk()] }))
}

async fn authorize(State(desk): State<Arc<Desk>>, Query(asked): Query<Fields>) -> Response {
    let field = |name: &str| asked.get(name).map_or("", String::as_str);
    let mut held = desk.state();
    let challenge = field("code_challenge");
    let wrong = [
        ("response_type", field("response_type") == "code"),
        ("client_id", field("client_id") == desk.client.id),
        ("scope", field("scope").split(' ').any(|s| s == "openid")),
        ("state", field("state").len() >= 22),
        ("nonce", field("nonce").len() >= 22),
        ("code_challenge", challenge.len() == 43),
        (
            "code_challenge_method",
            field("code_challenge_method") == "S256",
        ),
    ];
    let target = Url::parse(field("redirect_uri")).ok();
    let lacking = wrong
        .iter()
        .find(|(_, is_right)| !is_right)
        .map(|(name, _)| *name);
    let (None, Some(mut target)) = (lacking, target) else {
        let what = format!("authorize: {}", lacking.unwrap_or("redirect_uri"));
        held.ledger.refused.push(what.clone());
        return (StatusCode::BAD_REQUEST, what).into_response();
    };
    let denied = held.trick == Some(Trick::Denied);
    let mut query = target.query_pairs_mut();
    query
        .append_pair("state", field("state"))
        .append_pair("iss", &held.issuer);
    if denied {
        query.append_pair("error", "access_denied");
        query.append_pair("error_description", "<b>call 555-0100</b>");
    } else {
        held.ledger.codes += 1;
        let code = format!("code-{}", held.ledger.codes);
        query.append_pair("code", &code);
        let grant = Grant {
            redirect_uri: field("redirect_uri").to_owned(),
            challenge: challenge.to_owned(),
            nonce: field("nonce").to_owned(),
            person: held.person.clone(),
        };
        held.grants.insert(code, grant);
    }
    drop(query);
    if held.shows_page {
        let target = target.as_str().replace('&', "&amp;");
        let page = format!("<!doctype html><a href=\"{target}\">This is me</a>");
        return Html(page).into_response();
    }
    Redirect::to(target.as_str()).into_response()
}

async fn token(
    desk: &Desk,
    headers: &HeaderMap,
    form: &Fields,
    cancel: &CancellationToken,
) -> Response {
    let trick = desk.state().trick;
    match trick {
        Some(Trick::Broken) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Trick::Huge) => return "[1],".repeat(300_000).into_response(),
        // Until it ends, or whoever asks goes away.
        Some(Trick::Hang) => cancel.cancelled().await,
        _ => {}
    }
    let refuse = |status: StatusCode, error: &str, why: &str| {
        desk.state().ledger.refused.push(format!("token: {why}"));
        (status, Json(json!({ "error": error }))).into_response()
    };
    if !desk.is_shown(headers, form) {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client", "client");
    }
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let Some(grant) = desk.state().grants.remove(field("code")) else {
        return refuse(StatusCode::BAD_REQUEST, "invalid_grant", "code");
    };
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(field("code_verifier").as_bytes()));
    let why = if field("grant_type") != "authorization_code" {
        "grant_type"
    } else if field("redirect_uri") != grant.redirect_uri {
        "redirect_uri"
    } else if challenge != grant.challenge {
        "code_verifier"
    } else {
        ""
    };
    if !why.is_empty() {
        return refuse(StatusCode::BAD_REQUEST, "invalid_grant", why);
    }
    let mut held = desk.state();
    held.ledger.tokens += 1;
    let facts = Facts {
        issuer: &held.issuer,
        client_id: &desk.client.id,
        nonce: &grant.nonce,
        person: &grant.person,
        key: &held.key,
        other: &held.other,
    };
    let mut answer =
        json!({ "access_token": "of-no-use", "token_type": "Bearer", "expires_in": 300 });
    if trick != Some(Trick::NoToken) {
        answer["id_token"] = made(&facts, trick).into();
    }
    Json(answer).into_response()
}

impl Desk {
    /// True if the client showed what it has to.
    fn is_shown(&self, headers: &HeaderMap, form: &Fields) -> bool {
        let shown = headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok());
        let Some(secret) = &self.client.secret else {
            return shown.is_none() && form.get("client_id") == Some(&self.client.id);
        };
        let written = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let both = format!("{}:{}", written(&self.client.id), written(secret));
        shown == Some(&format!("Basic {}", BASE64.encode(both.as_bytes())))
    }
}
