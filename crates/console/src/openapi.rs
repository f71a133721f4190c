//! The description of the API (OpenAPI 3.1), made from the routes and types themselves.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use canonical::HoldFlag;
use canonical::approval::Approval;
use canonical::calculation::Calculation;
use canonical::header::{ReturnHeader, ReturnRequest};
use canonical::identification::Identified;
use canonical::line::ReturnLine;
use http::header::CONTENT_TYPE;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{ACCESS, Needs};
use crate::api::App;
use crate::page;
use crate::problem::ProblemDocument;
use crate::{
    approvals, audit, effects, events, exceptions, messages, numbers, proofs, replays, returns,
    users,
};

const ABOUT: &str = "\
Returns, effects, exceptions, approvals and the audit of a Backhaul sidecar. Tokens are shown as `Authorization: Bearer …`; what a \
token may do is in its scopes (`backhaul api token new`). Refusals are RFC 9457 documents with a stable `code`, and with \
the JSON pointers of fields that are wrong. Requests that change something take an `Idempotency-Key` and are done once: \
sent again they are answered the same, with `Idempotent-Replayed: true`, for ever.";

#[derive(OpenApi)]
#[openapi(components(schemas(ProblemDocument)))]
struct Base;

/// Routes, and their description as the macros make it.
pub(crate) fn parts() -> (Router<Arc<App>>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Base::openapi())
        .routes(routes!(description))
        .routes(routes!(returns::create, returns::list))
        .routes(routes!(returns::eligibility))
        .routes(routes!(returns::read, returns::amend))
        .routes(routes!(returns::identify))
        .routes(routes!(returns::hold))
        .routes(routes!(returns::release))
        .routes(routes!(returns::reverse))
        .routes(routes!(returns::timeline))
        .routes(routes!(returns::effects))
        .routes(routes!(effects::read))
        .routes(routes!(events::follow))
        .routes(routes!(exceptions::list))
        .routes(routes!(exceptions::groups))
        .routes(routes!(exceptions::replay_many))
        .routes(routes!(exceptions::rerun))
        .routes(routes!(exceptions::read))
        .routes(routes!(exceptions::replay))
        .routes(routes!(exceptions::edit))
        .routes(routes!(exceptions::discard))
        .routes(routes!(exceptions::confirm))
        .routes(routes!(replays::start, replays::list))
        .routes(routes!(replays::read))
        .routes(routes!(replays::agree))
        .routes(routes!(replays::cancel))
        .routes(routes!(replays::resume))
        .routes(routes!(approvals::list))
        .routes(routes!(approvals::read))
        .routes(routes!(approvals::approve))
        .routes(routes!(approvals::reject))
        .routes(routes!(messages::attempt))
        .routes(routes!(numbers::read))
        .routes(routes!(numbers::course))
        .routes(routes!(proofs::list))
        .routes(routes!(proofs::read))
        .routes(routes!(proofs::items))
        .routes(routes!(proofs::sign))
        .routes(routes!(users::list))
        .routes(routes!(users::end_sessions))
        .routes(routes!(users::disable))
        .routes(routes!(users::enable))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verify))
        .split_for_parts()
}

/// A schema of the canonical model, by name.
pub(crate) fn named(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

/// The description, as JSON.
pub fn openapi() -> Value {
    let (_, made) = parts();
    let mut document = serde_json::to_value(&made).unwrap_or_default();
    document["info"] = json!({
        "title": "Backhaul",
        "version": "1",
        "description": ABOUT,
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    });
    document["components"]["securitySchemes"] =
        json!({ "bearer": { "type": "http", "scheme": "bearer" } });
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.extend(model());
    }
    for (method, path, needs) in ACCESS {
        let operation = &mut document["paths"][*path][method.to_lowercase().as_str()];
        let Some(operation) = operation.as_object_mut() else {
            continue;
        };
        for parameter in parameters(operation) {
            bounded(parameter);
        }
        if let Needs::Scope(scope) = needs {
            operation.insert("security".to_owned(), json!([{ "bearer": [scope.word()] }]));
        }
        if let Some(responses) = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
        {
            responses.insert("default".to_owned(), refusal());
        }
    }
    document
}

fn parameters(operation: &mut Map<String, Value>) -> impl Iterator<Item = &mut Value> {
    let parameters = operation.get_mut("parameters");
    parameters
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

/// What the macros do not know of parameters that are alike everywhere.
fn bounded(parameter: &mut Value) {
    let name = parameter["name"].as_str().unwrap_or_default();
    match name {
        "limit" => {
            parameter["schema"]["minimum"] = 1.into();
            parameter["schema"]["maximum"] = page::MOST.into();
        }
        "Idempotency-Key" => {
            parameter["schema"] =
                json!({ "type": "string", "maxLength": 255, "pattern": "^[ -~]+$" });
        }
        // Positions are whole numbers of any size.
        "before" | "after" => {
            if let Some(schema) = parameter["schema"].as_object_mut() {
                schema.remove("format");
            }
        }
        // Empty: as if it were left out.
        "from" | "to" => {
            parameter["schema"] =
                json!({ "type": "string", "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$" });
        }
        _ => {}
    }
}

/// Everything that is refused looks the same: no token, no scope, a body too long, a store that is away.
fn refusal() -> Value {
    json!({
        "description": "Refused; the code says why",
        "content": { "application/problem+json": {
            "schema": { "$ref": "#/components/schemas/ProblemDocument" }
        } }
    })
}

/// Schemas of the canonical model that the API speaks.
fn model() -> Map<String, Value> {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    let mut generator = settings.into_generator();
    generator.subschema_for::<ReturnRequest>();
    generator.subschema_for::<Identified>();
    generator.subschema_for::<ReturnHeader>();
    generator.subschema_for::<ReturnLine>();
    generator.subschema_for::<Approval>();
    generator.subschema_for::<Calculation>();
    generator.subschema_for::<HoldFlag>();
    generator.take_definitions(true)
}

/// The description, as text.
pub(crate) fn text() -> String {
    serde_json::to_string_pretty(&openapi()).unwrap_or_default()
}

/// Describes this API (OpenAPI 3.1)
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    tag = "description",
    responses((status = 200, description = "The description", body = serde_json::Value, content_type = "application/json"))
)]
async fn description(State(app): State<Arc<App>>) -> Response {
    (
        [(CONTENT_TYPE, "application/json")],
        app.description.clone(),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Method and path of everything that is described.
    fn described(document: &Value) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                found.insert((method.to_uppercase(), path.clone()));
            }
        }
        found
    }

    /// Every reference in it.
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(to)) = members.get("$ref") {
                    found.insert(to.clone());
                }
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn what_is_described_is_what_the_table_lets_through() {
        let table: BTreeSet<(String, String)> = ACCESS
            .iter()
            .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
            .collect();
        assert_eq!(described(&openapi()), table);
    }

    #[test]
    fn no_name_stands_for_two_things() {
        let (_, made) = parts();
        let made = made.components.unwrap_or_default().schemas;
        let both: Vec<String> = model()
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| made.contains_key(name))
            .collect();
        assert!(both.is_empty(), "{both:?}");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = openapi();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 10, "{found:?}");
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        assert_eq!(document["openapi"], "3.1.0");
    }

    #[test]
    fn every_operation_names_its_scope_and_its_refusals() {
        let document = openapi();
        for (method, path, needs) in ACCESS {
            let operation = &document["paths"][*path][method.to_lowercase().as_str()];
            assert!(
                operation["responses"]["default"].is_object(),
                "{method} {path}"
            );
            match needs {
                Needs::Scope(scope) => {
                    assert_eq!(
                        operation["security"][0]["bearer"][0],
                        scope.word(),
                        "{path}"
                    );
                }
                Needs::Nothing => assert!(operation["security"].is_null(), "{path}"),
            }
        }
    }
}
