//! Calls a webhook: a CloudEvent, signed.
//!
//! The signature is in `Backhaul-Signature: t=SECONDS,v1=HEX`, the HMAC-SHA256 of `SECONDS.BODY` under the secret both
//! sides share. Receivers compute it anew, compare in constant time, and refuse times far from their own.

use std::time::Duration;

use async_trait::async_trait;
use canonical::envelope::MEDIA_TYPE;
use canonical::status::StatusEvent;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::header::CONTENT_TYPE;
use router::webhooks::Caller;
use sha2::Sha256;
use store::Clock;

/// Type of the events, with the version of their data.
pub const EVENT_TYPE: &str = "backhaul.return.status.v1";
/// Header of the signature.
pub const SIGNATURE: &str = "backhaul-signature";

/// Posts events to one address.
pub struct Poster {
    client: reqwest::Client,
    url: String,
    secret: Vec<u8>,
    clock: Clock,
}

impl Poster {
    /// To that address, signed with that secret; a call may take so long.
    ///
    /// # Errors
    /// When there is no HTTP client to be had, in words.
    pub fn new(
        url: String,
        secret: Vec<u8>,
        within: Duration,
        clock: Clock,
    ) -> Result<Self, String> {
        let client = reqwest::Client::builder()
            .timeout(within)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("backhaul/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("no HTTP client: {error}"))?;
        Ok(Self {
            client,
            url,
            secret,
            clock,
        })
    }
}

#[async_trait]
impl Caller for Poster {
    async fn call(&self, event: &StatusEvent) -> Result<(), String> {
        let body = serde_json::json!({
            "specversion": "1.0",
            "id": event.event_id,
            "source": "/backhaul",
            "type": EVENT_TYPE,
            "subject": event.return_id,
            "time": event.occurred_at,
            "datacontenttype": "application/json",
            "data": event,
        })
        .to_string();
        let at = self.clock.now().as_second();
        let response = self
            .client
            .post(&self.url)
            .header(CONTENT_TYPE, MEDIA_TYPE)
            .header(
                SIGNATURE,
                format!("t={at},v1={}", sign(&self.secret, at, &body)),
            )
            .body(body)
            .send()
            .await
            .map_err(|error| error.without_url().to_string())?;
        if response.status().is_success() {
            Ok(())
        } else {
            Err(format!("it answered {}", response.status()))
        }
    }
}

/// The signature of a body at that time, in hexadecimal digits.
pub fn sign(secret: &[u8], at: i64, body: &str) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return String::new();
    };
    mac.update(format!("{at}.").as_bytes());
    mac.update(body.as_bytes());
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `printf '1700000000.{}' | openssl dgst -sha256 -hmac secret`.
    #[test]
    fn the_signature_is_what_others_compute() {
        let ours = sign(b"secret", 1_700_000_000, "{}");
        assert_eq!(
            ours,
            "b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163"
        );
        assert_ne!(ours, sign(b"secret", 1_700_000_001, "{}"));
        assert_ne!(ours, sign(b"other", 1_700_000_000, "{}"));
    }
}
