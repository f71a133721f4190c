//! What a provider says of itself: OpenID Connect Discovery 1.0 §3 and §4. Pure.

use serde_json::Value;
use url::Url;

use super::Refusal;
use super::settings::is_safe;

/// As far as it is of use here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) authorization: Url,
    pub(super) token: Url,
    pub(super) keys: Url,
    pub(super) secret: SecretBy,
}

/// How the client's secret is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecretBy {
    /// In a header: `client_secret_basic`, which is the default.
    Basic,
    /// In the form: `client_secret_post`.
    Form,
}

/// Where that issuer describes itself (§4.1).
pub(super) fn address(issuer: &str) -> String {
    let issuer = issuer.trim_end_matches('/');
    format!("{issuer}/.well-known/openid-configuration")
}

impl Metadata {
    /// Reads the description, which has to be that issuer's, to the letter (§4.3).
    pub(super) fn read(document: &Value, issuer: &str) -> Result<Self, Refusal> {
        if document["issuer"].as_str() != Some(issuer) {
            return Err(Refusal::Provider("it says that it is another issuer"));
        }
        let endpoint = |name: &str| {
            let url = document[name]
                .as_str()
                .and_then(|text| Url::parse(text).ok());
            url.filter(is_safe).ok_or(Refusal::Provider(
                "its description lacks an address, or has one that is not https",
            ))
        };
        let methods = document["token_endpoint_auth_methods_supported"].as_array();
        let takes = |method: &str| methods.is_some_and(|all| all.iter().any(|one| one == method));
        Ok(Self {
            authorization: endpoint("authorization_endpoint")?,
            token: endpoint("token_endpoint")?,
            keys: endpoint("jwks_uri")?,
            secret: if takes("client_secret_post") && !takes("client_secret_basic") {
                SecretBy::Form
            } else {
                SecretBy::Basic
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "issuer": "https://id.example/realm",
            "authorization_endpoint": "https://id.example/realm/auth?tenant=1",
            "token_endpoint": "https://id.example/realm/token",
            "jwks_uri": "https://keys.example/certs",
        })
    }

    #[test]
    fn a_description_is_its_issuers_to_the_letter() {
        let read = Metadata::read(&document(), "https://id.example/realm").unwrap();
        assert_eq!(read.secret, SecretBy::Basic);
        for other in [
            "https://id.example/realm/",
            "https://id.example",
            "HTTPS://id.example/realm",
        ] {
            assert!(Metadata::read(&document(), other).is_err(), "{other}");
        }
    }

    #[test]
    fn no_address_leads_off_tls() {
        for (name, value) in [
            ("token_endpoint", json!("http://id.example/token")),
            ("jwks_uri", json!("file:///etc/passwd")),
            ("authorization_endpoint", json!("javascript:alert(1)")),
            ("token_endpoint", Value::Null),
        ] {
            let mut document = document();
            document[name] = value;
            assert!(
                Metadata::read(&document, "https://id.example/realm").is_err(),
                "{name}"
            );
        }
    }

    #[test]
    fn a_secret_goes_where_it_is_taken() {
        let mut document = document();
        document["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
        let read = Metadata::read(&document, "https://id.example/realm").unwrap();
        assert_eq!(read.secret, SecretBy::Form);
    }

    #[test]
    fn the_description_is_below_the_issuer() {
        assert_eq!(
            address("https://id.example/realm/"),
            "https://id.example/realm/.well-known/openid-configuration"
        );
        assert_eq!(
            address("https://id.example"),
            "https://id.example/.well-known/openid-configuration"
        );
    }
}
