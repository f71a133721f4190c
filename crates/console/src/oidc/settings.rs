//! How the provider is reached, and what its groups mean here.

use std::collections::BTreeMap;
use std::net::IpAddr;

use secrecy::SecretString;
use url::{Host, Url};

/// What is configured under `[api.oidc]`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The issuer, as its tokens and its description say it, to the letter.
    pub issuer: String,
    /// Our name at the provider.
    pub client_id: String,
    /// Our secret at the provider; none for a public client, which PKCE alone protects.
    pub client_secret: Option<SecretString>,
    /// What is asked for; `openid` among it.
    pub scopes: Vec<String>,
    /// The claim that names the person.
    pub name_claim: String,
    /// The claim that lists groups; a JSON pointer if it begins with `/`.
    pub groups_claim: String,
    /// Group → role.
    pub groups: BTreeMap<String, String>,
    /// Whose button it is.
    pub label: String,
    /// Address of the console as browsers see it, without a path; none: that of the request.
    pub public_url: Option<String>,
    /// Certificates in PEM that are trusted besides those of the system, for the provider.
    pub ca: Option<Vec<u8>>,
}

/// What is wrong with the address of an issuer; none if nothing is.
pub fn wrong_issuer(text: &str) -> Option<&'static str> {
    let Ok(url) = Url::parse(text) else {
        return Some("it is not an address");
    };
    if url.query().is_some() || url.fragment().is_some() {
        return Some("an issuer has neither a query nor a fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("an issuer has no user in its address");
    }
    if is_safe(&url) {
        None
    } else {
        Some("it is not https: whoever is in between could sign in as anybody")
    }
}

/// What is wrong with the address of the console; none if nothing is.
pub fn wrong_public_url(text: &str) -> Option<&'static str> {
    let Ok(url) = Url::parse(text) else {
        return Some("it is not an address");
    };
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !is_bare || text.ends_with('/') {
        return Some("it has more than scheme, host and port: the console is at the root");
    }
    if is_safe(&url) {
        None
    } else {
        Some("it is not https: codes and cookies could be read on the way")
    }
}

/// What is wrong with certificates; none if nothing is.
pub fn wrong_ca(pem: &[u8]) -> Option<String> {
    match reqwest::Certificate::from_pem_bundle(pem) {
        Ok(all) if all.is_empty() => Some("there is no certificate in it".to_owned()),
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}

/// HTTPS, or HTTP to this host itself.
pub(super) fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => match url.host() {
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_https_or_on_this_host() {
        for good in [
            "https://id.corp.example",
            "https://id.corp.example/realms/returns",
            "http://127.0.0.1:8080",
            "http://[::1]/x",
            "http://localhost:1",
        ] {
            assert_eq!(wrong_issuer(good), None, "{good}");
        }
        for bad in [
            "",
            "id.corp.example",
            "http://id.corp.example",
            "http://localhost.corp.example",
            "ftp://127.0.0.1",
            "https://id.corp.example?x=1",
            "https://id.corp.example#x",
            "https://me:secret@id.corp.example",
        ] {
            assert!(wrong_issuer(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn the_console_is_at_the_root() {
        assert_eq!(wrong_public_url("https://returns.corp.example"), None);
        assert_eq!(wrong_public_url("http://127.0.0.1:8482"), None);
        for bad in [
            "https://returns.corp.example/",
            "https://returns.corp.example/console",
            "https://returns.corp.example?x",
            "http://returns.corp.example",
            "returns",
        ] {
            assert!(wrong_public_url(bad).is_some(), "{bad}");
        }
    }
}
