//! The two halves of a sign-in: to the provider, and back.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use reqwest::Client;
use reqwest::header::ACCEPT;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::form_urlencoded::byte_serialize;

use super::metadata::{Metadata, SecretBy, address};
use super::pending::Begun;
use super::refusal::known;
use super::token::{Bad, Claims, Expected, verified};
use super::{Identity, Refusal, Settings, fetch, keys};

/// How long the provider's description and keys are believed.
const FRESH: Duration = Duration::from_hours(1);
/// How long an unknown key has to wait until the keys are asked for again.
const CALM: Duration = Duration::from_mins(1);
/// How long the second half may take, with all that is asked.
const WHOLE: Duration = Duration::from_secs(20);

/// The provider, with what is known of it.
#[derive(Debug)]
pub struct Provider {
    settings: Settings,
    client: Client,
    metadata: Mutex<Option<(Instant, Metadata)>>,
    keys: Mutex<Known>,
}

/// Keys as they were told.
#[derive(Debug, Default)]
struct Known {
    keys: Vec<Jwk>,
    /// When they were asked for; none: not yet.
    at: Option<Instant>,
    /// When they were asked for out of turn, for a key that was not among them.
    again: Option<Instant>,
}

fn is_within(at: Option<Instant>, time: Duration) -> bool {
    at.is_some_and(|at| at.elapsed() < time)
}

/// What the browser brings back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    code: String,
    state: String,
    error: String,
    iss: Option<String>,
}

impl Provider {
    /// That provider. Nothing is asked of it yet.
    ///
    /// # Errors
    /// When there is no HTTP client to be had with those certificates, in words.
    pub fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self {
            client: fetch::client(settings.ca.as_deref())?,
            settings,
            metadata: Mutex::default(),
            keys: Mutex::default(),
        })
    }

    /// How it is configured.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where a browser is sent to begin that sign-in.
    pub(crate) async fn begin(&self, begun: &Begun) -> Result<String, Refusal> {
        let metadata = tokio::time::timeout(WHOLE, self.metadata()).await;
        let metadata = metadata.map_err(|_| Refusal::Provider("it does not answer in time"))??;
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(begun.verifier.as_bytes()));
        let mut url = metadata.authorization;
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", &begun.redirect_uri),
            ("scope", &self.settings.scopes.join(" ")),
            ("state", &begun.state),
            ("nonce", &begun.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(url.into())
    }

    /// Who came back, to that sign-in.
    pub(crate) async fn finish(
        &self,
        begun: &Begun,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<Identity, Refusal> {
        if !bool::from(begun.state.as_bytes().ct_eq(answer.state.as_bytes())) {
            return Err(Refusal::NotBegun);
        }
        if answer
            .iss
            .as_ref()
            .is_some_and(|iss| *iss != self.settings.issuer)
        {
            return Err(Refusal::Answer);
        }
        if !answer.error.is_empty() {
            return Err(Refusal::Denied(known(&answer.error)));
        }
        if answer.code.is_empty() {
            return Err(Refusal::Answer);
        }
        let exchanged = self.exchanged(begun, &answer.code, now);
        let claims = tokio::time::timeout(WHOLE, exchanged)
            .await
            .map_err(|_| Refusal::Provider("it does not answer in time"))??;
        Identity::read(&claims, &self.settings)
    }

    async fn exchanged(
        &self,
        begun: &Begun,
        code: &str,
        now: Timestamp,
    ) -> Result<Claims, Refusal> {
        let metadata = self.metadata().await?;
        let token = self.token(&metadata, begun, code).await?;
        let expected = Expected {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce: &begun.nonce,
            begun: begun.at,
            now,
        };
        let known = self.keys(&metadata).await?;
        let found = match verified(&token, &known, &expected) {
            // It may be new.
            Err(Bad::UnknownKey) => {
                let asked_again = self.keys_again(&metadata).await?;
                verified(&token, &asked_again, &expected)
            }
            found => found,
        };
        found.map_err(|bad| match bad {
            Bad::UnknownKey => Refusal::Token("its key is not the provider's"),
            Bad::Because(why) => Refusal::Token(why),
        })
    }

    /// The code, exchanged for an ID token.
    async fn token(
        &self,
        metadata: &Metadata,
        begun: &Begun,
        code: &str,
    ) -> Result<String, Refusal> {
        let settings = &self.settings;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &begun.redirect_uri),
            ("code_verifier", &begun.verifier),
        ];
        let mut request = self
            .client
            .post(metadata.token.clone())
            .header(ACCEPT, "application/json");
        match (&settings.client_secret, metadata.secret) {
            (None, _) => form.push(("client_id", &settings.client_id)),
            (Some(secret), SecretBy::Form) => {
                form.push(("client_id", &settings.client_id));
                form.push(("client_secret", secret.expose_secret()));
            }
            (Some(secret), SecretBy::Basic) => {
                // Both are written as in a form first (RFC 6749 §2.3.1).
                let written = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let password = written(secret.expose_secret());
                request = request.basic_auth(written(&settings.client_id), Some(password));
            }
        }
        let (status, said) = fetch::json("token", request.form(&form)).await?;
        if status.is_success() {
            let token = said["id_token"].as_str().map(str::to_owned);
            return token.ok_or(Refusal::Token("there is none"));
        }
        let error = known(said["error"].as_str().unwrap_or_default());
        tracing::warn!(%status, error, "the identity provider does not take a code");
        Err(match error {
            // Of ours, not of whoever signs in.
            "invalid_client" | "unauthorized_client" => {
                Refusal::Provider("it does not take our client id and secret")
            }
            _ => Refusal::Token("the provider does not take its code"),
        })
    }

    async fn metadata(&self) -> Result<Metadata, Refusal> {
        let mut kept = self.metadata.lock().await;
        if let Some((at, metadata)) = kept.as_ref()
            && at.elapsed() < FRESH
        {
            return Ok(metadata.clone());
        }
        let request = self.client.get(address(&self.settings.issuer));
        let document = fetch::good("description", request).await?;
        let metadata = Metadata::read(&document, &self.settings.issuer).inspect_err(|refusal| {
            tracing::warn!(
                why = refusal.word(),
                "the identity provider's description is not taken"
            );
        })?;
        *kept = Some((Instant::now(), metadata.clone()));
        Ok(metadata)
    }

    async fn keys(&self, metadata: &Metadata) -> Result<Vec<Jwk>, Refusal> {
        let mut known = self.keys.lock().await;
        if !is_within(known.at, FRESH) {
            known.keys = self.told(metadata).await?;
            known.at = Some(Instant::now());
        }
        Ok(known.keys.clone())
    }

    /// Keys after one was missing among them; those that are known if they were asked for again just now.
    async fn keys_again(&self, metadata: &Metadata) -> Result<Vec<Jwk>, Refusal> {
        let mut known = self.keys.lock().await;
        if !is_within(known.again, CALM) {
            known.again = Some(Instant::now());
            known.keys = self.told(metadata).await?;
            known.at = Some(Instant::now());
        }
        Ok(known.keys.clone())
    }

    async fn told(&self, metadata: &Metadata) -> Result<Vec<Jwk>, Refusal> {
        let document = fetch::good("keys", self.client.get(metadata.keys.clone())).await?;
        keys::read(&document).ok_or(Refusal::Provider("its keys cannot be read"))
    }
}
