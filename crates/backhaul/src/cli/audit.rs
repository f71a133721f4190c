//! `backhaul audit`

use clap::{Args, Subcommand};
use store::AuditError;

use super::place::Place;
use super::{Ended, output, remote};

/// The audit.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Prove that no entry was changed, taken out or cut off
    Verify(VerifyArgs),
}

/// Arguments of `audit verify`.
#[derive(Debug, Args)]
#[command(after_help = "\
Computes the hash of every entry anew, from the first to the last. Note the head elsewhere from time to time, and
compare it later: a chain that was rewritten as a whole has another one.
Exit codes: 0 it holds, 1 it could not be read, 2 it does not hold")]
pub struct VerifyArgs {
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: AuditCommand) -> Result<(), Ended> {
    let AuditCommand::Verify(args) = command;
    if let Some(sidecar) = args.place.sidecar()? {
        return remote::verify(&sidecar, args.json).await;
    }
    let (_, store) = args.place.config.open_store().await?;
    let verified = store::audit_verify(store.as_ref()).await;
    store.close().await;
    match verified {
        Ok(verified) => {
            let head = hex(&verified.head);
            if args.json {
                let entries = verified.entries;
                output::json(&serde_json::json!({ "ok": true, "entries": entries, "head": head }))
            } else {
                output::line(format!(
                    "the audit holds: {} entries, head {head}",
                    verified.entries
                ))
            }
        }
        Err(AuditError::Broken(broken)) => {
            if args.json {
                output::json(&serde_json::json!({
                    "ok": false, "entry": broken.seq, "reason": broken.reason
                }))?;
            }
            Err(Ended::Wrong(broken.to_string()))
        }
        Err(AuditError::Store(error)) => Err(error.into()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
        text
    })
}
