//! Addresses of broker and store, and opening what they name.

use std::path::PathBuf;
use std::sync::Arc;

use broker::{Broker, BrokerError, Embedded, Rabbit, RabbitConfig};
use secrecy::{ExposeSecret as _, SecretString};
use store::{Store, StoreError};

use crate::config::Config;
use crate::report::Report;

/// What is wrong with an address, and the fix. Neither repeats the address: it may hold a password.
type Wrong = (String, String);

/// Where the broker is.
#[derive(Clone, PartialEq, Eq)]
pub enum BrokerAddress {
    /// RabbitMQ at that URL.
    Rabbit(String),
    /// In this process, on that file (relative to the configuration).
    Embedded(PathBuf),
}

/// Reads `broker.url`.
pub fn broker_address(url: &SecretString) -> Result<BrokerAddress, Wrong> {
    let url = url.expose_secret();
    if let Some(path) = url.strip_prefix("embedded:") {
        return file(path).map(BrokerAddress::Embedded);
    }
    if url.starts_with("amqp://") || url.starts_with("amqps://") {
        let nodes: Result<Vec<_>, _> = url.split(',').map(|u| url::Url::parse(u.trim())).collect();
        return match nodes {
            Ok(_) => Ok(BrokerAddress::Rabbit(url.to_owned())),
            Err(error) => Err((
                format!("it is not an address: {error}"),
                "write amqp://USER:PASSWORD@HOST:PORT/VHOST, with % for special characters; the nodes of a cluster \
                 are separated by commas"
                    .to_owned(),
            )),
        };
    }
    Err((
        "it names no kind of broker".to_owned(),
        "write amqp://…, amqps://… or embedded:PATH".to_owned(),
    ))
}

/// Reads `store.url`: the address as the store takes it, with the path of a file made absolute.
pub fn store_address(url: &SecretString, config: &Config) -> Result<SecretString, Wrong> {
    let url = url.expose_secret();
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = config.path(&file(path)?);
        return Ok(format!("sqlite:{}", path.display()).into());
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return match url::Url::parse(url) {
            Ok(_) => Ok(url.into()),
            Err(error) => Err((
                format!("it is not an address: {error}"),
                "write postgres://USER:PASSWORD@HOST/DATABASE, with % for special characters"
                    .to_owned(),
            )),
        };
    }
    Err((
        "it names no kind of store".to_owned(),
        "write postgres://… or sqlite:PATH".to_owned(),
    ))
}

fn file(path: &str) -> Result<PathBuf, Wrong> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() {
        return Err((
            "it names no file".to_owned(),
            "write a path behind the colon".to_owned(),
        ));
    }
    Ok(PathBuf::from(path))
}

/// Opens the broker of a configuration. RabbitMQ need not be up: it is waited for.
pub async fn open_broker(config: &Config) -> Result<Arc<dyn Broker>, Report> {
    let address = broker_address(&config.broker.url)
        .map_err(|(what, fix)| Report::of("broker.url", what, fix))?;
    let opened: Result<Arc<dyn Broker>, BrokerError> = match address {
        BrokerAddress::Rabbit(url) => {
            Rabbit::start(RabbitConfig::new(url)).map(|rabbit| Arc::new(rabbit) as _)
        }
        BrokerAddress::Embedded(path) => {
            let path = config.path(&path);
            make_folder("broker.url", &path)?;
            Embedded::open(&path)
                .await
                .map(|embedded| Arc::new(embedded) as _)
        }
    };
    opened.map_err(|error| {
        let fix = match &error {
            BrokerError::Unreachable(_) => {
                "start the broker; an embedded one belongs to one process at a time"
            }
            BrokerError::Mismatch(_) | BrokerError::Refused(_) => "correct the address",
        };
        Report::of("broker.url", error.to_string(), fix)
    })
}

/// Opens the store of a configuration, at the schema of this version.
pub async fn open_store(config: &Config) -> Result<Arc<dyn Store>, Report> {
    let address = store_address(&config.store.url, config)
        .map_err(|(what, fix)| Report::of("store.url", what, fix))?;
    if let Some(path) = address.expose_secret().strip_prefix("sqlite:") {
        make_folder("store.url", &PathBuf::from(path))?;
    }
    store::open(address.expose_secret()).await.map_err(|error| {
        let fix = match &error {
            StoreError::Unavailable(_) => "start the database, and look at host, port and user",
            StoreError::Broken(_) => "use a database of this version or older",
        };
        Report::of("store.url", error.to_string(), fix)
    })
}

fn make_folder(place: &str, file: &std::path::Path) -> Result<(), Report> {
    let Some(folder) = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(|error| {
        let what = format!("the folder {} cannot be made: {error}", folder.display());
        Report::of(place, what, "make it, writable for this user")
    })
}
