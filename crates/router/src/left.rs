//! What a drain finished, and what it left: counted when it has ended, in plain words.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use store::{EffectRow, Store, StoreError};

use crate::hands::Held;

/// How long the store may take to answer one question.
const PATIENCE: Duration = Duration::from_secs(1);
/// Names that are told; of more the number is given.
const TOLD: usize = 20;

/// How a drain ended.
#[derive(Debug, Clone, Default)]
pub struct Drained {
    /// False: something was cut off; it is taken up again at the next start.
    pub whole: bool,
    /// Deliveries that were finished while draining.
    pub finished_deliveries: u64,
    /// Inputs of connectors that were finished while draining.
    pub finished_inputs: u64,
    /// What was left.
    pub left: Left,
}

/// What a process leaves behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Left {
    /// Deliveries taken and not finished, by queue. The broker gives them again.
    pub cut_off: BTreeMap<String, u64>,
    /// Deliveries given back to their queue, by queue.
    pub given_back: BTreeMap<String, u64>,
    /// Effects that are being sent or looked up, as far as anybody knows.
    pub effects: Vec<LeftEffect>,
    /// Messages of the outbox, whoever wrote them.
    pub outbox: u64,
    /// Inputs that were taken and not finished, by connector: files, or references of messages.
    pub inputs: BTreeMap<String, Vec<String>>,
    /// Why something could not be counted.
    pub not_counted: Vec<String>,
}

/// An effect whose lease was not given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftEffect {
    /// Key.
    pub key: String,
    /// Kind.
    pub kind: String,
    /// Connector.
    pub connector: String,
    /// Until when nobody else takes it up.
    pub until: Option<Timestamp>,
}

impl From<EffectRow> for LeftEffect {
    fn from(row: EffectRow) -> Self {
        Self {
            key: row.effect_key,
            kind: row.kind,
            connector: row.connector,
            until: row.lease_until,
        }
    }
}

impl Drained {
    /// Counts what is left. `owners`: names under which this process leases effects.
    pub(crate) async fn count(
        whole: bool,
        before: &Held,
        after: &Held,
        store: &Arc<dyn Store>,
        owners: &[String],
    ) -> Self {
        let mut drained = Self {
            whole,
            ..Self::of_hands(before, after)
        };
        let left = &mut drained.left;
        for owner in owners {
            match patiently(store.held_by(owner)).await {
                Ok(rows) => left.effects.extend(rows.into_iter().map(LeftEffect::from)),
                Err(reason) => {
                    left.not_counted
                        .push(format!("effects in flight and the outbox: {reason}"));
                    return drained;
                }
            }
        }
        match patiently(store.outbox_len()).await {
            Ok(count) => left.outbox = count,
            Err(reason) => left.not_counted.push(format!("the outbox: {reason}")),
        }
        drained
    }

    fn of_hands(before: &Held, after: &Held) -> Self {
        let mut drained = Self::default();
        for (queue, now) in &after.queues {
            let then = before.queues.get(queue).copied().unwrap_or_default();
            drained.finished_deliveries += now.finished.saturating_sub(then.finished);
            if now.open > 0 {
                drained.left.cut_off.insert(queue.clone(), now.open);
            }
            let back = now.back.saturating_sub(then.back);
            if back > 0 {
                drained.left.given_back.insert(queue.clone(), back);
            }
        }
        for (connector, now) in &after.inputs {
            let then = before.inputs.get(connector).map_or(0, |i| i.finished);
            drained.finished_inputs += now.finished.saturating_sub(then);
            // The files cover what was taken from them.
            let names: Vec<String> = if now.files.is_empty() {
                now.open.values().cloned().collect()
            } else {
                now.files.clone()
            };
            if !names.is_empty() {
                drained.left.inputs.insert(connector.clone(), names);
            }
        }
        drained
    }

    /// One sentence for each thing that was finished or left.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "finished while draining: {}, {}",
            counted(self.finished_deliveries, "delivery", "deliveries"),
            counted(self.finished_inputs, "input", "inputs"),
        )];
        lines.extend(self.left.lines());
        lines
    }
}

impl Left {
    /// True if nothing was left.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    fn lines(&self) -> Vec<String> {
        if self.is_nothing() {
            return vec!["left nothing".to_owned()];
        }
        let mut lines: Vec<String> = self.effects.iter().take(TOLD).map(in_flight).collect();
        if self.effects.len() > TOLD {
            let more = self.effects.len() - TOLD;
            lines.push(format!("left: {more} more effects in flight"));
        }
        for (queue, count) in &self.cut_off {
            let what = counted(*count, "delivery", "deliveries");
            lines.push(format!(
                "left: {what} of {queue}, taken and not finished: back in the queue"
            ));
        }
        for (queue, count) in &self.given_back {
            let what = counted(*count, "delivery", "deliveries");
            lines.push(format!("left: {what} of {queue}, given back to the queue"));
        }
        if self.outbox > 0 {
            let what = counted(self.outbox, "message", "messages");
            lines.push(format!(
                "left: {what} in the outbox: published by another process, or at the next start"
            ));
        }
        for (connector, names) in &self.inputs {
            let first: Vec<&str> = names.iter().take(TOLD).map(String::as_str).collect();
            let more = match names.len().saturating_sub(TOLD) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let told = format!("{}{more}", first.join(", "));
            let what = counted(names.len() as u64, "input", "inputs");
            lines.push(format!(
                "left: {what} of {connector}, claimed and not finished: {told}: taken up at the next start, or sent again"
            ));
        }
        for reason in &self.not_counted {
            lines.push(format!("left, but not counted: {reason}"));
        }
        lines
    }
}

impl fmt::Display for Drained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

fn in_flight(effect: &LeftEffect) -> String {
    let LeftEffect {
        key,
        kind,
        connector,
        until,
    } = effect;
    let until = until.map_or_else(|| "its end".to_owned(), |until| until.to_string());
    format!(
        "left: effect {key} ({kind} at {connector}) in flight: its lease stays until {until}, then whoever comes looks it up"
    )
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

async fn patiently<T>(question: impl Future<Output = Result<T, StoreError>>) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, question).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err("the store does not answer".to_owned()),
    }
}

#[cfg(test)]
mod tests;
