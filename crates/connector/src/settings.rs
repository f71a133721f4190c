//! A connector's block of the configuration, and what may be wrong with it.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::published::Published;

/// Something wrong in the configuration, with the place and the fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: "connectors.wms-east.secret" or "mappings/east.jq:3".
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl Problem {
    /// A problem.
    pub fn new(place: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            what: what.into(),
            fix: fix.into(),
        }
    }
}

/// A connector's block.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name of the instance.
    pub instance: String,
    /// The block, without what the sidecar itself reads from it.
    pub table: toml::Table,
    /// Folder that relative paths start from: that of the configuration file.
    pub base_dir: PathBuf,
    /// Crosswalks that were published.
    pub published: Published,
}

impl Settings {
    /// Reads the block into the connector's own options.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        T::deserialize(toml::Value::Table(self.table.clone())).map_err(|error| {
            Problem::new(
                self.place(""),
                error.message().to_owned(),
                "see the connector's options in docs/reference",
            )
        })
    }

    /// Place of an option, for problems.
    pub fn place(&self, option: &str) -> String {
        if option.is_empty() {
            format!("connectors.{}", self.instance)
        } else {
            format!("connectors.{}.{option}", self.instance)
        }
    }

    /// A path of the configuration, made absolute.
    pub fn path(&self, relative: &Path) -> PathBuf {
        self.base_dir.join(relative)
    }

    /// Reads a text file that an option names.
    pub fn read(&self, option: &str, relative: &Path) -> Result<String, Problem> {
        let path = self.path(relative);
        std::fs::read_to_string(&path).map_err(|error| {
            Problem::new(
                self.place(option),
                format!("{} cannot be read: {error}", path.display()),
                "give a path relative to the configuration file",
            )
        })
    }
}
