//! Where a command works: on the store of a configuration, or on a running sidecar by the address of its API.

use std::path::PathBuf;

use clap::Args;

use super::remote::Sidecar;
use super::{ConfigArg, Ended};

const HEADING: &str = "On a running sidecar instead of the store";

/// Where.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Place {
    #[command(flatten)]
    pub(super) config: ConfigArg,
    /// Address of its API, such as <https://returns.example:8443>; the token, in BACKHAUL_TOKEN, says who asks
    #[arg(
        long,
        env = "BACKHAUL_URL",
        hide_env_values = true,
        value_name = "URL",
        help_heading = HEADING
    )]
    url: Option<String>,
    /// File with the token, instead of BACKHAUL_TOKEN
    #[arg(
        long,
        requires = "url",
        value_name = "FILE",
        help_heading = HEADING
    )]
    token_file: Option<PathBuf>,
    /// Certificates (PEM) that prove its own, besides the usual ones
    #[arg(
        long,
        requires = "url",
        value_name = "FILE",
        help_heading = HEADING
    )]
    ca: Option<PathBuf>,
}

impl Place {
    /// The sidecar that is to be asked, if it is not the store.
    pub(super) fn sidecar(&self) -> Result<Option<Sidecar>, Ended> {
        // A variable that is empty says nothing.
        let Some(url) = self.url.as_deref().filter(|url| !url.trim().is_empty()) else {
            return Ok(None);
        };
        let token = self.token()?;
        let pem = match &self.ca {
            Some(path) => Some(std::fs::read(path).map_err(|error| {
                Ended::Failed(format!("{} cannot be read: {error}", path.display()))
            })?),
            None => None,
        };
        Sidecar::at(url, &token, pem.as_deref()).map(Some)
    }

    /// The token. It is never an argument: those are seen by everybody on the machine.
    fn token(&self) -> Result<String, Ended> {
        let text = match &self.token_file {
            Some(path) => std::fs::read_to_string(path).map_err(|error| {
                Ended::Failed(format!("{} cannot be read: {error}", path.display()))
            })?,
            None => std::env::var("BACKHAUL_TOKEN").unwrap_or_default(),
        };
        match text.trim() {
            "" => Err(Ended::Wrong(
                "there is no token: set BACKHAUL_TOKEN, or give --token-file; `backhaul api token new` makes one".to_owned(),
            )),
            token if token.chars().any(|c| !c.is_ascii_graphic()) => Err(Ended::Wrong(
                "what is given as the token is none: it is one line of letters, digits, - and _".to_owned(),
            )),
            token => Ok(token.to_owned()),
        }
    }
}

/// True if the environment says that a running sidecar is meant.
pub(super) fn is_elsewhere() -> bool {
    std::env::var("BACKHAUL_URL").is_ok_and(|url| !url.trim().is_empty())
}

/// On a sidecar the token says who: nobody else is named.
pub(super) fn unnamed(by: Option<&str>) -> Result<(), Ended> {
    match by {
        None => Ok(()),
        Some(_) => Err(Ended::Wrong(
            "with --url (or BACKHAUL_URL) the token says who: leave --by out".to_owned(),
        )),
    }
}

/// Who does it on the store.
pub(super) fn named(by: Option<&str>) -> Result<&str, Ended> {
    by.filter(|by| !by.trim().is_empty())
        .ok_or_else(|| Ended::Wrong("say who: --by NAME".to_owned()))
}
