//! Logging in: a key, a password, or OAuth tokens that are kept and renewed before they run out.

use std::time::{Duration, Instant};

use connector::{Failure, FailureKind};
use data_encoding::BASE64;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use crate::config::{AuthOptions, ClientIn};
use crate::exchange;
use crate::failures;

/// A way to log in.
pub(crate) enum Auth {
    /// Always the same header, or none.
    Fixed(Option<(HeaderName, HeaderValue)>),
    /// Tokens.
    Tokens(Box<Tokens>),
}

/// Tokens of a client.
pub(crate) struct Tokens {
    url: Url,
    client_id: String,
    client_secret: SecretString,
    scope: Option<String>,
    client_in: ClientIn,
    /// Held while a token is fetched, so that many requests fetch one.
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    header: HeaderValue,
    renew_at: Instant,
}

/// The token server's answer (RFC 6749, 5.1).
#[derive(Deserialize)]
struct Issued {
    access_token: SecretString,
    #[serde(default)]
    expires_in: Option<u64>,
}

/// A token without a lifetime is renewed after this.
const UNSAID_LIFETIME: Duration = Duration::from_mins(5);

impl Auth {
    /// Made ready; `Err` says what is wrong.
    pub(crate) fn new(options: AuthOptions, base: &Url) -> Result<Self, Failure> {
        let wrong = |what: &str| {
            Failure::misconfigured(failures::BAD_CONFIGURATION, format!("auth: {what}"))
        };
        Ok(match options {
            AuthOptions::None => Self::Fixed(None),
            AuthOptions::ApiKey { header, key } => {
                let name = header
                    .parse()
                    .map_err(|_| wrong("header is not a header name"))?;
                Self::Fixed(Some((name, sensitive(key.expose_secret())?)))
            }
            AuthOptions::Basic { user, password } => {
                let header = basic(&user, &password)?;
                Self::Fixed(Some((AUTHORIZATION, header)))
            }
            AuthOptions::ClientCredentials {
                token_url,
                client_id,
                client_secret,
                scope,
                client_in,
            } => {
                let url = base
                    .join(&token_url)
                    .map_err(|_| wrong("token_url is not an address"))?;
                let kept = Mutex::new(None);
                Self::Tokens(Box::new(Tokens {
                    url,
                    client_id,
                    client_secret,
                    scope,
                    client_in,
                    kept,
                }))
            }
        })
    }

    /// The header to send. Fetches a token when there is none, or when the kept one is about to run out.
    pub(crate) async fn header(
        &self,
        client: &Client,
    ) -> Result<Option<(HeaderName, HeaderValue)>, Failure> {
        match self {
            Self::Fixed(header) => Ok(header.clone()),
            Self::Tokens(tokens) => {
                let mut kept = tokens.kept.lock().await;
                if let Some(kept) = kept.as_ref().filter(|kept| Instant::now() < kept.renew_at) {
                    return Ok(Some((AUTHORIZATION, kept.header.clone())));
                }
                let fresh = tokens.fetch(client).await?;
                let header = fresh.header.clone();
                *kept = Some(fresh);
                Ok(Some((AUTHORIZATION, header)))
            }
        }
    }

    /// Forgets the token that was refused. False when there is nothing to renew: the same would be sent again.
    pub(crate) async fn forget(&self, refused: &HeaderValue) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Tokens(tokens) => {
                let mut kept = tokens.kept.lock().await;
                // Another request may have renewed it meanwhile.
                if kept.as_ref().is_some_and(|kept| kept.header == *refused) {
                    *kept = None;
                }
                true
            }
        }
    }
}

impl Tokens {
    /// Fetches a token. Nothing else is sent by then, so no failure here leaves anything in doubt.
    async fn fetch(&self, client: &Client) -> Result<Kept, Failure> {
        let mut form = vec![("grant_type", "client_credentials")];
        if let Some(scope) = &self.scope {
            form.push(("scope", scope));
        }
        let mut request = client.post(self.url.clone());
        match self.client_in {
            ClientIn::Form => {
                form.push(("client_id", &self.client_id));
                form.push(("client_secret", self.client_secret.expose_secret()));
            }
            ClientIn::Basic => {
                let header = basic(&self.client_id, &self.client_secret)?;
                request = request.header(AUTHORIZATION, header);
            }
        }
        let asked_at = Instant::now();
        let reply = exchange::exchange(request.form(&form))
            .await
            .map_err(unavailable)?;
        let status = reply.status;
        let refused = |kind| {
            let message = format!("the token server answered HTTP {status}");
            Failure::new(kind, failures::UNAUTHORIZED, message)
        };
        match status.as_u16() {
            200 => {}
            429 => {
                let message = "the token server asks to wait";
                let kind = FailureKind::Throttled { retry_after: None };
                return Err(Failure::new(kind, failures::THROTTLED, message));
            }
            500..=599 => return Err(unavailable(refused(FailureKind::Unavailable))),
            _ => return Err(refused(FailureKind::Misconfigured)),
        }
        let issued: Issued = serde_json::from_slice(&reply.body).map_err(|_| {
            let message = "the token server's answer could not be read";
            Failure::unavailable(failures::UNREACHABLE, message)
        })?;
        let lifetime = issued
            .expires_in
            .map_or(UNSAID_LIFETIME, Duration::from_secs);
        // A fifth of the life is kept in reserve for the request itself and for clocks.
        let usable = lifetime.saturating_sub(lifetime / 5);
        let header = sensitive(&format!("Bearer {}", issued.access_token.expose_secret()))?;
        Ok(Kept {
            header,
            renew_at: asked_at + usable.min(Duration::from_hours(24)),
        })
    }
}

fn unavailable(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::Misconfigured => failure,
        FailureKind::Malformed
        | FailureKind::Rejected
        | FailureKind::Unavailable
        | FailureKind::Throttled { .. }
        | FailureKind::InDoubt
        | FailureKind::Unacknowledged => Failure::unavailable(
            failures::UNREACHABLE,
            format!("token server: {}", failure.message),
        ),
    }
}

fn basic(user: &str, password: &SecretString) -> Result<HeaderValue, Failure> {
    let pair = format!("{user}:{}", password.expose_secret());
    sensitive(&format!("Basic {}", BASE64.encode(pair.as_bytes())))
}

fn sensitive(value: &str) -> Result<HeaderValue, Failure> {
    let mut header = HeaderValue::from_str(value).map_err(|_| {
        let message = "auth: the secret has characters that no header can carry";
        Failure::misconfigured(failures::BAD_CONFIGURATION, message)
    })?;
    header.set_sensitive(true);
    Ok(header)
}
