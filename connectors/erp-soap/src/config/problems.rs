//! What may be wrong with the options themselves.

use connector::{Problem, Settings};
use secrecy::{ExposeSecret, SecretString};

use super::{AuthOptions, Options, PasswordShown, WsSecurity};

/// Option, what is wrong with it, and the fix.
type Fault = (&'static str, &'static str, &'static str);

impl Options {
    /// Everything wrong with the options themselves.
    pub(crate) fn problems(&self, settings: &Settings) -> Vec<Problem> {
        let mut faults = self.address();
        if self.timeout().is_none() {
            let fix = "write a duration such as \"30s\"";
            faults.push(("timeout", "it is not above zero", fix));
        }
        let is_above = self.connect_timeout > self.timeout && self.timeout().is_some();
        if !self.connect_timeout.is_positive() {
            let fix = "write a duration such as \"5s\", not above `timeout`";
            faults.push(("connect_timeout", "it is not above zero", fix));
        }
        faults.extend(self.auth.faults());
        if let Some(security) = &self.ws_security {
            faults.extend(security.faults());
            if security.password_type == PasswordShown::Text && self.is_in_the_clear() {
                let fix = "use https, or password_type = \"digest\"";
                faults.push((
                    "ws_security.password_type",
                    "the password would cross the network in the clear",
                    fix,
                ));
            }
        }
        let mut problems: Vec<Problem> = faults
            .into_iter()
            .map(|(option, what, fix)| Problem::new(settings.place(option), what, fix))
            .collect();
        if is_above {
            let (connect, whole) = (self.connect_timeout, self.timeout);
            problems.push(Problem::new(
                settings.place("connect_timeout"),
                format!(
                    "it is {connect:#}, more than the {whole:#} of `timeout`, which contain it"
                ),
                format!("write connect_timeout = \"{whole:#}\" or less, or raise `timeout`"),
            ));
        }
        problems.extend(self.windows(settings).err());
        problems
    }

    fn address(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let is_http = matches!(self.url.scheme(), "http" | "https");
        if !is_http || self.url.host_str().is_none() {
            let fix = "write https://HOST/PATH";
            faults.push(("url", "it is not an http(s) address", fix));
        }
        if self.url.fragment().is_some() {
            faults.push(("url", "it has a fragment", "end it with the path"));
        }
        if self
            .url
            .query()
            .is_some_and(|query| query.eq_ignore_ascii_case("wsdl"))
        {
            let fix = "write the address of the service: leave ?wsdl out";
            faults.push(("url", "it is the address of the WSDL", fix));
        }
        if !self.url.username().is_empty() || self.url.password().is_some() {
            let fix = "put them into `auth` or `ws_security`";
            faults.push(("url", "it contains credentials", fix));
        }
        faults
    }

    /// Plain HTTP to another machine.
    fn is_in_the_clear(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let is_here = matches!(host, "localhost" | "[::1]") || host.starts_with("127.");
        self.url.scheme() == "http" && !is_here
    }
}

fn is_empty(secret: &SecretString) -> bool {
    secret.expose_secret().is_empty()
}

impl AuthOptions {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        match self {
            Self::None => {}
            Self::Basic { user, password } => {
                if user.is_empty() || user.contains(':') {
                    faults.push(("auth.user", "it is empty or has a colon", "give the user"));
                }
                if is_empty(password) {
                    faults.push(("auth.password", "it is empty", "give the password"));
                }
            }
        }
        faults
    }
}

impl WsSecurity {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.user.is_empty() {
            faults.push(("ws_security.user", "it is empty", "give the user"));
        }
        if is_empty(&self.password) {
            faults.push(("ws_security.password", "it is empty", "give the password"));
        }
        if !self.lifetime.is_positive() {
            let fix = "write a duration such as \"5m\"";
            faults.push(("ws_security.lifetime", "it is not above zero", fix));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn settings(text: &str) -> Settings {
        Settings {
            instance: "erp".to_owned(),
            table: toml::from_str(text).unwrap(),
            base_dir: PathBuf::from("."),
            published: connector::Published::default(),
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let settings = settings(
            "url = \"https://erp.example\"\nprofile = \"sim\"\nauth = { kind = \"basic\", user = \"u\", password = \"s3cret\" }\n\
             ws_security = { user = \"u\", password = \"s3cret\" }",
        );
        let options: Options = settings.parse().unwrap();
        assert!(!format!("{options:?}").contains("s3cret"));
        assert_eq!(options.problems(&settings), []);
    }

    #[test]
    fn a_connection_that_may_take_longer_than_the_whole_is_told_with_what_works() {
        let told = |more: &str| {
            let settings = settings(&format!(
                "url = \"https://erp.example\"\nprofile = \"sim\"\n{more}"
            ));
            let options: Options = settings.parse().unwrap();
            options.problems(&settings)
        };
        let found = told("timeout = \"3s\"");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].place, "connectors.erp.connect_timeout");
        assert!(found[0].what.contains("5s") && found[0].what.contains("3s"));
        assert!(found[0].fix.contains("connect_timeout = \"3s\""));
        assert_eq!(told("timeout = \"3s\"\nconnect_timeout = \"3s\""), []);
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let settings = settings(
            "url = \"ftp://user:pw@erp.example/x?wsdl\"\nprofile = \"sim\"\ntimeout = \"0s\"\nconnect_timeout = \"0s\"\nwindows = [\"always\"]\n\
             auth = { kind = \"basic\", user = \"\", password = \"\" }\n\
             ws_security = { user = \"\", password = \"\", lifetime = \"0s\" }",
        );
        let options: Options = settings.parse().unwrap();
        let problems = options.problems(&settings);
        for place in [
            "url",
            "timeout",
            "connect_timeout",
            "auth.user",
            "auth.password",
            "ws_security.user",
            "ws_security.password",
            "ws_security.lifetime",
            "windows",
        ] {
            let place = format!("connectors.erp.{place}");
            assert!(
                problems.iter().any(|problem| problem.place == place),
                "{place}: {problems:?}"
            );
        }
    }

    #[test]
    fn a_password_does_not_cross_the_network_in_the_clear() {
        let text = |host: &str| {
            settings(&format!(
                "url = \"http://{host}/soap\"\nprofile = \"sim\"\ntime_zone = \"Europe/Berlin\"\n\
                 ws_security = {{ user = \"u\", password = \"p\", password_type = \"text\" }}"
            ))
        };
        for (host, many) in [("erp.example", 1), ("127.0.0.1:80", 0), ("localhost", 0)] {
            let settings = text(host);
            let options: Options = settings.parse().unwrap();
            assert_eq!(options.problems(&settings).len(), many, "{host}");
        }
    }
}
