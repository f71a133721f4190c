//! Tokens against forged requests (CSRF), as SAP Gateway and others demand them: asked for by a `GET`, bound to the session
//! cookies that come with them, kept until refused.

use connector::Failure;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::RequestBuilder;
use tokio::sync::Mutex;

use crate::classify::{Reply, harmless};
use crate::exchange;
use crate::failures;
use crate::profile::CsrfRules;

/// The token that is kept, as the headers to send.
#[derive(Default)]
pub(crate) struct Csrf {
    /// Held while one is fetched, so that many requests fetch one.
    kept: Mutex<Option<HeaderMap>>,
}

impl Csrf {
    /// The headers to send; fetches a token when none is kept.
    pub(crate) async fn headers(
        &self,
        rules: &CsrfRules,
        ask: impl FnOnce() -> RequestBuilder,
    ) -> Result<HeaderMap, Failure> {
        let mut kept = self.kept.lock().await;
        if let Some(headers) = kept.as_ref() {
            return Ok(headers.clone());
        }
        let reply = exchange::exchange(ask()).await.map_err(harmless)?;
        let headers = read(&reply, rules)?;
        *kept = Some(headers.clone());
        Ok(headers)
    }

    /// Forgets the token that was refused.
    pub(crate) async fn forget(&self) {
        *self.kept.lock().await = None;
    }
}

/// Takes token and session cookies out of an answer. Pure.
fn read(reply: &Reply, rules: &CsrfRules) -> Result<HeaderMap, Failure> {
    let name: HeaderName = rules.header.parse().map_err(|_| {
        let message = format!("csrf header {:?} is not a header name", rules.header);
        Failure::misconfigured(failures::BAD_CONFIGURATION, message)
    })?;
    let Some(token) = reply.headers.get(&name) else {
        let message = format!(
            "asked for a token against forged requests, got none (HTTP {})",
            reply.status
        );
        return Err(match reply.status.as_u16() {
            401 => Failure::misconfigured(failures::UNAUTHORIZED, message),
            403 | 404 => Failure::misconfigured(failures::FORBIDDEN, message),
            _ => Failure::unavailable(failures::LOOK_UP_FAILED, message),
        });
    };
    let mut headers = HeaderMap::new();
    headers.insert(name, token.clone());
    let cookies: Vec<&str> = reply
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .map(str::trim)
        .filter(|pair| pair.contains('='))
        .collect();
    if let Ok(cookies) = HeaderValue::from_str(&cookies.join("; "))
        && !cookies.is_empty()
    {
        headers.insert(COOKIE, cookies);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn rules() -> CsrfRules {
        toml::from_str("path = \"/csrf\"").unwrap()
    }

    #[test]
    fn the_token_comes_with_its_session() {
        let mut headers = HeaderMap::new();
        headers.insert("x-csrf-token", HeaderValue::from_static("t0k=="));
        headers.append(
            SET_COOKIE,
            HeaderValue::from_static("SAP_SESSIONID=abc; path=/; HttpOnly"),
        );
        headers.append(
            SET_COOKIE,
            HeaderValue::from_static("usercontext=client=100"),
        );
        let reply = Reply {
            status: StatusCode::OK,
            headers,
            body: Vec::new(),
        };
        let kept = read(&reply, &rules()).unwrap();
        assert_eq!(kept.get("x-csrf-token").unwrap(), "t0k==");
        assert_eq!(
            kept.get(COOKIE).unwrap(),
            "SAP_SESSIONID=abc; usercontext=client=100"
        );
    }

    #[test]
    fn no_token_is_a_failure_that_leaves_nothing_in_doubt() {
        for (status, code) in [
            (StatusCode::UNAUTHORIZED, failures::UNAUTHORIZED),
            (StatusCode::NOT_FOUND, failures::FORBIDDEN),
            (StatusCode::BAD_GATEWAY, failures::LOOK_UP_FAILED),
        ] {
            let reply = Reply {
                status,
                headers: HeaderMap::new(),
                body: Vec::new(),
            };
            assert_eq!(read(&reply, &rules()).unwrap_err().code, code);
        }
    }
}
