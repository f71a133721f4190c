//! `backhaul translate`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use canonical::{Command, Event};
use clap::Args;
use connector::{Codec, Failure, Inbound, Origin, Settings};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Ended, output};
use crate::config::{self, Environment, Secrets};
use crate::registry;

/// Arguments of `translate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Prints the events of each file as one JSON array; what could not be read stands in its place there, and on standard
error. Nothing is sent. The output is what `expect` of a sample in the configuration holds.
Exit codes: 0 everything could be read, 1 a file could not be opened, 2 something in a file could not be read,
3 there is no such connector

Examples:
  backhaul translate --connector wms-east --config deploy/backhaul.toml receipt.json
  backhaul translate --connector portal --header content-type=application/json request.json | jq .
  backhaul translate --connector erp-us --outbound credit-memo-command.json")]
pub struct TranslateArgs {
    /// An instance of the configuration, or a type of connector with its default options
    #[arg(long, value_name = "NAME")]
    connector: String,
    /// Configuration file; without it NAME is a type of connector
    #[arg(
        long,
        short,
        env = "BACKHAUL_CONFIG",
        hide_env_values = true,
        value_name = "FILE"
    )]
    config: Option<PathBuf>,
    /// The files hold canonical commands (JSON): print what would be sent to the partner
    #[arg(long)]
    outbound: bool,
    /// A header that came with the message, as name=value
    #[arg(long, value_name = "NAME=VALUE", value_parser = header)]
    header: Vec<(String, String)>,
    /// Files; - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

fn header(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .ok_or_else(|| "write name=value".to_owned())
}

pub(super) fn run(args: &TranslateArgs) -> Result<(), Ended> {
    let codec = codec(args)?;
    let mut failures = 0_usize;
    for file in &args.files {
        let read = read(file).map_err(|error| {
            Ended::Failed(format!("{} cannot be read: {error}", file.display()))
        })?;
        failures += if args.outbound {
            outbound(codec.as_ref(), file, &read.bytes)?
        } else {
            inbound(codec.as_ref(), file, read, args)?
        };
    }
    if failures == 0 {
        Ok(())
    } else {
        Err(Ended::Wrong(format!(
            "{failures} parts could not be translated"
        )))
    }
}

fn codec(args: &TranslateArgs) -> Result<Arc<dyn Codec>, Ended> {
    let (kind, settings) = settings(args)?;
    let connector = registry::find(&kind).ok_or_else(|| {
        Ended::Refused(format!(
            "there is neither an instance nor a type {kind:?}: types are {}; instances need --config",
            registry::names()
        ))
    })?;
    (connector.codec)(&settings)
        .map_err(|p| Ended::Wrong(format!("{}: {}; {}", p.place, p.what, p.fix)))
}

/// Type and block of the connector asked for.
fn settings(args: &TranslateArgs) -> Result<(String, Settings), Ended> {
    if let Some(path) = &args.config {
        let reading = config::load(path, &Environment::of_process(), Secrets::MayBeAbsent);
        if let Some(block) = reading.config.connectors.get(&args.connector) {
            let settings = block.settings(&args.connector, &reading.config.base_dir);
            return Ok((block.kind.clone(), settings));
        }
        if !reading.report.is_ok() {
            return Err(reading.report.into());
        }
    }
    let settings = Settings {
        instance: args.connector.clone(),
        table: toml::Table::new(),
        base_dir: PathBuf::from("."),
        published: connector::Published::default(),
    };
    Ok((args.connector.clone(), settings))
}

struct Read {
    bytes: Vec<u8>,
    modified: Timestamp,
}

/// A file, and when it was written: so that the same file gives the same events.
fn read(file: &Path) -> std::io::Result<Read> {
    if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)?;
        return Ok(Read {
            bytes,
            modified: Timestamp::now(),
        });
    }
    let bytes = std::fs::read(file)?;
    let modified = std::fs::metadata(file)?.modified()?;
    Ok(Read {
        bytes,
        modified: Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH),
    })
}

fn inbound(
    codec: &dyn Codec,
    file: &Path,
    read: Read,
    args: &TranslateArgs,
) -> Result<usize, Ended> {
    let raw = Inbound {
        origin: Origin {
            connector: args.connector.clone(),
            channel: "file".to_owned(),
            reference: file.display().to_string(),
            received_at: read.modified,
            headers: args.header.iter().cloned().collect::<BTreeMap<_, _>>(),
            token: 0,
        },
        raw: read.bytes.into(),
        refused: None,
    };
    let parts = match codec.decode(&raw) {
        Ok(parts) => parts,
        Err(failure) => {
            output::json(&refused(&failure))?;
            complain(file, &failure);
            return Ok(1);
        }
    };
    let mut failures = 0;
    let mut outcome = Vec::with_capacity(parts.len());
    for part in parts {
        outcome.push(match part {
            Ok(event) => shown(&event)?,
            Err(failure) => {
                failures += 1;
                complain(file, &failure);
                refused(&failure)
            }
        });
    }
    output::json(&outcome)?;
    Ok(failures)
}

/// An event without its envelope.
fn shown(event: &Event) -> Result<Value, Ended> {
    let data: Value = serde_json::from_str(event.data.to_json()?.get())?;
    Ok(json!({
        "key": event.key, "type": event.data.type_name(), "subject": event.subject,
        "time": event.occurred_at, "data": data
    }))
}

/// A part that could not be read, in its place among the others.
fn refused(failure: &Failure) -> Value {
    json!({ "failure": failure.code, "message": failure.message, "place": failure.place })
}

fn outbound(codec: &dyn Codec, file: &Path, bytes: &[u8]) -> Result<usize, Ended> {
    let command: Command = match serde_json::from_slice(bytes) {
        Ok(command) => command,
        Err(error) => {
            output::complain(&format!(
                "{}: not a canonical command: {error}",
                file.display()
            ));
            return Ok(1);
        }
    };
    match codec.encode(&command) {
        Ok(mut bytes) => {
            if bytes.last() != Some(&b'\n') {
                bytes.push(b'\n');
            }
            output::bytes(&bytes)?;
            Ok(0)
        }
        Err(failure) => {
            complain(file, &failure);
            Ok(1)
        }
    }
}

fn complain(file: &Path, failure: &Failure) {
    output::complain(&format!(
        "{}: {}: {failure}",
        file.display(),
        failure.kind.name()
    ));
}
