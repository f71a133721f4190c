//! `backhaul replay … --url`

use std::time::Duration;

use serde_json::{Value, json};

use super::table::Column::Is;
use super::table::{facts, sums, table, text};
use super::{Ended, Sidecar, output};

/// Asks for a run.
pub(in crate::cli) async fn start(
    sidecar: &Sidecar,
    asked: &Value,
    (follows, json): (bool, bool),
) -> Result<(), Ended> {
    let run = sidecar.post(&["replays"], asked).await?;
    if follows {
        return follow(sidecar, &text(&run, "run_id"), json).await;
    }
    tell(&run, json)
}

/// Lists runs.
pub(in crate::cli) async fn runs(sidecar: &Sidecar, limit: usize, json: bool) -> Result<(), Ended> {
    let items = sidecar.list(&["replays"], &[], limit).await?;
    if json {
        return output::json(&items);
    }
    let columns = [
        Is("run", "run_id"),
        Is("which", "chosen"),
        Is("stands", "phase"),
        Is("given back", "done"),
        Is("of", "meant"),
        Is("who", "who"),
        Is("asked for", "started_at"),
    ];
    table(&items, &columns, "no run of replays yet")
}

/// Shows how far one is.
pub(in crate::cli) async fn run(sidecar: &Sidecar, id: &str, json: bool) -> Result<(), Ended> {
    let run = sidecar.one(&["replays", id], "run_id").await?;
    tell(&run, json)
}

/// Shows how far it is until it is over.
pub(in crate::cli) async fn follow(sidecar: &Sidecar, id: &str, json: bool) -> Result<(), Ended> {
    let mut said = String::new();
    loop {
        let run = sidecar.one(&["replays", id], "run_id").await?;
        let (done, meant) = (text(&run, "done"), text(&run, "meant"));
        let line = format!("{done} of {meant} given back; {}", text(&run, "says"));
        if line != said {
            output::complain(&line);
            said = line;
        }
        match text(&run, "phase").as_str() {
            "done" => return tell(&run, json),
            "asking" | "stopped" | "cancelled" => {
                tell(&run, json)?;
                return Err(Ended::Refused(text(&run, "says")));
            }
            _ => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}

/// Agrees to one, cancels it, or lets it go on.
pub(in crate::cli) async fn act(
    sidecar: &Sidecar,
    id: &str,
    what: &str,
    json: bool,
) -> Result<(), Ended> {
    let run = sidecar.post(&["replays", id, what], &json!({})).await?;
    tell(&run, json)
}

fn tell(run: &Value, json: bool) -> Result<(), Ended> {
    if json {
        return output::json(run);
    }
    facts(
        run,
        &[
            ("run", "run_id"),
            ("which", "chosen"),
            ("stands", "says"),
            ("given back", "done"),
            ("of", "meant"),
            ("refused", "refused"),
            ("because", "refusal"),
            ("agreed by", "agreed_by"),
            ("asked for", "started_at"),
            ("by", "who"),
        ],
    )?;
    for money in sums(run, "at_risk").lines() {
        output::line(format!("{:<13} {money}", "at risk"))?;
    }
    Ok(())
}
