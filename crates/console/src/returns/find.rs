//! Finds a return by any of its names.

use canonical::ReturnName;
use http::StatusCode;
use store::{Lookup, Reference, ReturnRow};
use workflow::ReturnState;

use crate::api::App;
use crate::problem::Problem;

/// By its id, by its RMA number, or by `rma:ENTITY/NUMBER` and `ext:SYSTEM/VALUE`.
pub(crate) async fn find(app: &App, name: &str) -> Result<ReturnRow, Problem> {
    let lookups: Vec<Lookup> = match name.parse::<ReturnName>() {
        Ok(name) => vec![lookup(name)],
        Err(_) => std::iter::once(Lookup::Id(name.to_owned()))
            .chain(app.api.entities.iter().map(|entity| by_rma(entity, name)))
            .collect(),
    };
    let found = app.store().load(&lookups).await?;
    found.into_iter().flatten().next().ok_or_else(|| {
        Problem::not_found(format!(
            "no return is known as {name:?}: give its id, its RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE"
        ))
    })
}

/// The return that a request opened, if it was known before.
pub(super) async fn by_request(
    app: &App,
    system: &str,
    request_id: &str,
) -> Result<Option<ReturnRow>, Problem> {
    let name = ReturnName::External {
        system: system.to_owned(),
        value: request_id.to_owned(),
    };
    let found = app.store().load(&[lookup(name)]).await?;
    Ok(found.into_iter().next().flatten())
}

/// How a name is looked for; the spaces are those under which the workflow stores names.
fn lookup(name: ReturnName) -> Lookup {
    match name {
        ReturnName::Id(id) => Lookup::Id(id),
        ReturnName::Rma { entity, number } => by_rma(&entity, &number),
        ReturnName::External { system, value } => Lookup::Reference(Reference {
            space: format!("ext/{system}"),
            value,
        }),
    }
}

fn by_rma(entity: &str, number: &str) -> Lookup {
    Lookup::Reference(Reference {
        space: format!("rma/{entity}"),
        value: number.to_owned(),
    })
}

/// The inside of a return.
pub(crate) fn state(row: &ReturnRow) -> Result<ReturnState, Problem> {
    serde_json::from_str(&row.state).map_err(|error| {
        tracing::error!(%error, rma.id = %row.return_id, "a stored return cannot be read");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "api.broken",
            "this return cannot be read: the log of the sidecar says why",
        )
    })
}
