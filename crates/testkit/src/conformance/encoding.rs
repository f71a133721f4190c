//! Commands to bytes.

use super::{Held, Trial};

pub(super) fn encodes_the_same_twice(trial: &Trial<'_>) -> Held {
    let commands = trial.harness.commands();
    if commands.is_empty() {
        return Err(
            "the harness gives no command: waive this if the connector sends nothing".into(),
        );
    }
    for command in commands {
        let encode = || {
            let codec = (trial.connector.codec)(&trial.harness.settings())
                .map_err(|problem| format!("no codec: {}", problem.what))?;
            codec.encode(&command).map_err(|failure| {
                trial.note(&failure);
                format!("{} is not encoded: {failure}", command.kind)
            })
        };
        let (first, second) = (encode()?, encode()?);
        if first.is_empty() {
            return Err(format!("{} is encoded to nothing", command.kind));
        }
        if first != second {
            return Err(format!(
                "{} gives other bytes the second time",
                command.kind
            ));
        }
    }
    Ok(())
}
