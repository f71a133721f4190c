//! What the provider is asked: with time limits, a bound on the answer, and no redirects.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;

use super::Refusal;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a whole answer may take.
const WHOLE: Duration = Duration::from_secs(10);
/// Longest answer, in bytes.
const LONGEST: usize = 256 * 1024;

/// A client for one provider.
pub(super) fn client(ca: Option<&[u8]>) -> Result<Client, String> {
    let mut client = Client::builder()
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(concat!("backhaul/", env!("CARGO_PKG_VERSION")));
    if let Some(pem) = ca {
        let all = reqwest::Certificate::from_pem_bundle(pem)
            .map_err(|error| format!("the certificates for the provider: {error}"))?;
        client = client.tls_certs_merge(all);
    }
    client
        .build()
        .map_err(|error| format!("no HTTP client: {error}"))
}

/// An answer in JSON, whatever its status is.
pub(super) async fn json(
    what: &'static str,
    request: RequestBuilder,
) -> Result<(StatusCode, Value), Refusal> {
    let failed = |error: reqwest::Error| {
        let error = error.without_url();
        tracing::warn!(what, %error, "the identity provider does not answer");
        Refusal::Provider(if error.is_timeout() {
            "it does not answer in time"
        } else {
            "it cannot be reached"
        })
    };
    let mut response = request.send().await.map_err(failed)?;
    let status = response.status();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if bytes.len().saturating_add(chunk.len()) > LONGEST {
            tracing::warn!(
                what,
                limit = LONGEST,
                "the identity provider's answer is too long"
            );
            return Err(Refusal::Provider("its answer is too long"));
        }
        bytes.extend_from_slice(&chunk);
    }
    if status.is_server_error() {
        tracing::warn!(what, %status, "the identity provider is not well");
        return Err(Refusal::Provider("it answers that it is not well"));
    }
    let value = serde_json::from_slice(&bytes).map_err(|_| {
        // What it says is not told: it may hold a token.
        tracing::warn!(what, %status, "the identity provider's answer is not JSON");
        Refusal::Provider("its answer is not JSON")
    })?;
    Ok((status, value))
}

/// The same, with success for a status.
pub(super) async fn good(what: &'static str, request: RequestBuilder) -> Result<Value, Refusal> {
    let (status, value) = json(what, request).await?;
    if status.is_success() {
        return Ok(value);
    }
    tracing::warn!(what, %status, "the identity provider refuses");
    Err(Refusal::Provider("it refuses what it is asked"))
}
