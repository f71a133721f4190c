//! Who may do what, as one table against the running API.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Bench, asked, people};

/// What each may, by the status that they are answered. In the order of the columns: sue, whose yes counts, comes behind those
/// whose does not. `inbox` reads approvals and `approver` decides, without being a person; `boss` is the administrator.
const TABLE: &str = "
                        viewer shop clerk reader replayer editor discarder inbox approver ada fay sue auditor boss
list returns            200    200  403   200    403      403    403       403   403      403 403 403 403     200
show a return           200    200  403   200    403      403    403       403   403      403 403 403 403     200
its timeline            200    200  403   200    403      403    403       403   403      403 403 403 403     200
its effects             200    200  403   200    403      403    403       403   403      403 403 403 403     200
whether it could        200    200  403   200    403      403    403       403   403      403 403 403 403     200
ask for a return        403    201  403   403    403      403    403       403   403      422 422 422 403     201
withdraw, not seen      403    412  403   403    403      403    403       403   403      412 412 412 403     412
whose goods, unsaid     403    422  403   403    403      403    403       403   403      422 422 422 403     422
hold, no flag           403    403  403   403    403      403    403       403   403      403 403 403 403     422
release, no flag        403    403  403   403    403      403    403       403   403      403 403 403 403     422
take back, no memo      403    403  403   403    403      403    403       403   403      403 403 403 403     422
list exceptions         403    403  200   200    403      403    403       403   403      403 403 403 403     200
show an exception       403    403  200   200    403      403    403       403   403      403 403 403 403     200
group exceptions        403    403  200   200    403      403    403       403   403      403 403 403 403     200
replay, dry             403    403  403   403    200      403    403       403   403      403 403 403 403     200
replay many, dry        403    403  403   403    200      403    403       403   403      403 403 403 403     200
ask for a replay        403    403  403   403    422      403    403       403   403      403 403 403 403     422
list replays            403    403  200   200    403      403    403       403   403      403 403 403 403     200
a replay, none          403    403  404   404    403      403    403       403   403      403 403 403 403     404
agree to none           403    403  403   403    404      403    403       403   403      403 403 403 403     404
cancel none             403    403  403   403    404      403    403       403   403      403 403 403 403     404
resume none             403    403  403   403    404      403    403       403   403      403 403 403 403     404
edit, unreadable        403    403  403   403    403      422    403       403   403      403 403 403 403     422
discard, no reason      403    403  403   403    403      403    422       403   403      403 403 403 403     422
confirm, no reason      403    403  403   403    403      403    403       403   403      403 403 403 403     422
read again, dry         403    403  403   403    200      403    403       403   403      403 403 403 403     200
try a message           403    403  403   403    403      403    403       403   403      403 403 403 403     200
tell the numbers        403    403  403   403    403      403    403       403   403      403 403 403 403     200
number over time        403    403  403   403    403      403    403       403   403      403 403 403 403     200
list proofs             403    403  403   403    403      403    403       403   403      200 200 200 403     200
a proof, none           403    403  403   403    403      403    403       403   403      404 404 404 403     404
its differences, none   403    403  403   403    403      403    403       403   403      404 404 404 403     404
sign a proof, none      403    403  403   403    403      403    403       403   403      404 404 404 403     403
list approvals          403    403  403   403    403      403    403       200   403      200 200 200 403     200
show an approval        403    403  403   403    403      403    403       200   403      200 200 200 403     200
approve 501.00          403    403  403   403    403      403    403       403   403      403 403 200 403     403
approve 7000.00         403    403  403   403    403      403    403       403   403      403 403 403 403     403
reject, no code         403    403  403   403    403      403    403       403   403      422 422 422 403     403
list users              403    403  403   403    403      403    403       403   403      403 403 403 403     200
sign out nobody         403    403  403   403    403      403    403       403   403      403 403 403 403     404
disable nobody          403    403  403   403    403      403    403       403   403      403 403 403 403     404
enable nobody           403    403  403   403    403      403    403       403   403      403 403 403 403     404
read the audit          403    403  403   200    403      403    403       403   403      403 403 403 200     200
the audit as a file     403    403  403   200    403      403    403       403   403      403 403 403 200     200
prove the audit         403    403  403   200    403      403    403       403   403      403 403 403 200     200
read the description    200    200  200   200    200      200    200       200   200      200 200 200 200     200
";

/// What the actions are about.
struct Subjects {
    return_id: String,
    exception_id: String,
    small: Value,
    large: Value,
}

impl Subjects {
    async fn of(bench: &Bench) -> Self {
        bench.restocked("A1", 50_100).await;
        bench.restocked("A2", 700_000).await;
        let deadline = Instant::now() + Duration::from_mins(1);
        let items = loop {
            let page = bench.see("/v1/approvals", "inbox").await;
            let items = page["items"].as_array().unwrap().clone();
            if items.len() == 2 {
                break items;
            }
            assert!(Instant::now() < deadline, "{items:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let of = |minor: i64| items.iter().find(|a| a["amount_minor"] == minor).unwrap();
        Self {
            return_id: of(50_100)["return_id"].as_str().unwrap().to_owned(),
            exception_id: bench.garbage("no JSON").await,
            small: of(50_100).clone(),
            large: of(700_000).clone(),
        }
    }

    /// Method, path, its template as the audit names it, and the body of an action.
    fn action(&self, name: &str, key: &str) -> (&'static str, String, &'static str, Value) {
        let Self {
            return_id,
            exception_id,
            small,
            large,
        } = self;
        let seen = |a: &Value| json!({ "calc_hash": a["calc_hash"], "version": a["version"] });
        let of = |a: &Value, what: &str| {
            format!("/v1/approvals/{}{what}", a["approval_id"].as_str().unwrap())
        };
        let get = |path: String, template: &'static str| ("GET", path, template, Value::Null);
        let of_nobody = |what: &str, template: &'static str| {
            (
                "POST",
                format!("/v1/users/nobody{what}"),
                template,
                json!({}),
            )
        };
        let a_return = || serde_json::to_value(asked(key, key, 1)).unwrap();
        match name {
            "list returns" => get("/v1/returns".to_owned(), "/v1/returns"),
            "show a return" => get(format!("/v1/returns/{return_id}"), "/v1/returns/{id}"),
            "its timeline" => get(
                format!("/v1/returns/{return_id}/timeline"),
                "/v1/returns/{id}/timeline",
            ),
            "its effects" => get(
                format!("/v1/returns/{return_id}/effects"),
                "/v1/returns/{id}/effects",
            ),
            "whether it could" => {
                let path = "/v1/returns/eligibility";
                ("POST", path.to_owned(), path, a_return())
            }
            "ask for a return" => ("POST", "/v1/returns".to_owned(), "/v1/returns", a_return()),
            "withdraw, not seen" => (
                "PATCH",
                format!("/v1/returns/{return_id}"),
                "/v1/returns/{id}",
                json!({ "status": "CANCELLED", "reason": "not wanted" }),
            ),
            "whose goods, unsaid" => (
                "POST",
                format!("/v1/returns/{return_id}/identification"),
                "/v1/returns/{id}/identification",
                json!({ "reason": "found out" }),
            ),
            "hold, no flag" => (
                "POST",
                format!("/v1/returns/{return_id}/hold"),
                "/v1/returns/{id}/hold",
                json!({}),
            ),
            "release, no flag" => (
                "POST",
                format!("/v1/returns/{return_id}/release"),
                "/v1/returns/{id}/release",
                json!({}),
            ),
            "take back, no memo" => (
                "POST",
                format!("/v1/returns/{return_id}/credit-reversals"),
                "/v1/returns/{id}/credit-reversals",
                json!({ "reason": "wrong customer" }),
            ),
            "confirm, no reason" => (
                "POST",
                format!("/v1/exceptions/{exception_id}/confirm"),
                "/v1/exceptions/{id}/confirm",
                json!({ "document": "CM-1", "reason": "" }),
            ),
            "read again, dry" => (
                "POST",
                "/v1/exceptions/rerun".to_owned(),
                "/v1/exceptions/rerun",
                json!({ "dry_run": true }),
            ),
            "list exceptions" => get("/v1/exceptions".to_owned(), "/v1/exceptions"),
            "show an exception" => get(
                format!("/v1/exceptions/{exception_id}"),
                "/v1/exceptions/{id}",
            ),
            "group exceptions" => get("/v1/exceptions/groups".to_owned(), "/v1/exceptions/groups"),
            "replay, dry" => (
                "POST",
                format!("/v1/exceptions/{exception_id}/replay"),
                "/v1/exceptions/{id}/replay",
                json!({ "dry_run": true }),
            ),
            "replay many, dry" => (
                "POST",
                "/v1/exceptions/replay".to_owned(),
                "/v1/exceptions/replay",
                json!({ "connector": "portal", "dry_run": true }),
            ),
            "ask for a replay" => ("POST", "/v1/replays".to_owned(), "/v1/replays", json!({})),
            "list replays" => get("/v1/replays".to_owned(), "/v1/replays"),
            "a replay, none" => get("/v1/replays/none".to_owned(), "/v1/replays/{id}"),
            "agree to none" => (
                "POST",
                "/v1/replays/none/agree".to_owned(),
                "/v1/replays/{id}/agree",
                json!({}),
            ),
            "cancel none" => (
                "POST",
                "/v1/replays/none/cancel".to_owned(),
                "/v1/replays/{id}/cancel",
                json!({}),
            ),
            "resume none" => (
                "POST",
                "/v1/replays/none/resume".to_owned(),
                "/v1/replays/{id}/resume",
                json!({}),
            ),
            "edit, unreadable" => (
                "POST",
                format!("/v1/exceptions/{exception_id}/edit"),
                "/v1/exceptions/{id}/edit",
                json!({ "text": "{}", "reason": "try", "check": true }),
            ),
            "discard, no reason" => (
                "POST",
                format!("/v1/exceptions/{exception_id}/discard"),
                "/v1/exceptions/{id}/discard",
                json!({ "reason": "" }),
            ),
            "list approvals" => get("/v1/approvals".to_owned(), "/v1/approvals"),
            "show an approval" => get(of(small, ""), "/v1/approvals/{id}"),
            "approve 501.00" => {
                let path = of(small, "/approve");
                ("POST", path, "/v1/approvals/{id}/approve", seen(small))
            }
            "approve 7000.00" => {
                let path = of(large, "/approve");
                ("POST", path, "/v1/approvals/{id}/approve", seen(large))
            }
            "reject, no code" => {
                let path = of(large, "/reject");
                ("POST", path, "/v1/approvals/{id}/reject", seen(large))
            }
            "tell the numbers" => get("/v1/metrics".to_owned(), "/v1/metrics"),
            "number over time" => get(
                "/v1/metrics/course?metric=awaiting_receipt".to_owned(),
                "/v1/metrics/course",
            ),
            "try a message" => {
                let path = "/v1/messages/try";
                let message = json!({ "connector": "portal", "text": "no JSON" });
                ("POST", path.to_owned(), path, message)
            }
            "list proofs" => get("/v1/proofs".to_owned(), "/v1/proofs"),
            "a proof, none" => get("/v1/proofs/none".to_owned(), "/v1/proofs/{id}"),
            "its differences, none" => {
                get("/v1/proofs/none/items".to_owned(), "/v1/proofs/{id}/items")
            }
            "sign a proof, none" => (
                "POST",
                "/v1/proofs/none/sign-off".to_owned(),
                "/v1/proofs/{id}/sign-off",
                json!({}),
            ),
            "list users" => get("/v1/users".to_owned(), "/v1/users"),
            "sign out nobody" => of_nobody("/sign-out", "/v1/users/{name}/sign-out"),
            "disable nobody" => of_nobody("/disable", "/v1/users/{name}/disable"),
            "enable nobody" => of_nobody("/enable", "/v1/users/{name}/enable"),
            "read the audit" => get("/v1/audit".to_owned(), "/v1/audit"),
            "the audit as a file" => get("/v1/audit?format=jsonl".to_owned(), "/v1/audit"),
            "prove the audit" => (
                "POST",
                "/v1/audit/verify".to_owned(),
                "/v1/audit/verify",
                json!({}),
            ),
            "read the description" => get("/v1/openapi.json".to_owned(), "/v1/openapi.json"),
            other => panic!("{other:?} is no action"),
        }
    }
}

/// The table: roles, and each action with the expected statuses.
fn table() -> (Vec<&'static str>, Vec<(&'static str, Vec<u16>)>) {
    let mut lines = TABLE.lines().filter(|line| !line.is_empty());
    let roles = lines.next().unwrap().split_whitespace().collect();
    let rows = lines.map(|line| {
        let (action, cells) = line.split_at(24);
        let cells = cells.split_whitespace();
        (
            action.trim(),
            cells.map(|cell| cell.parse().unwrap()).collect(),
        )
    });
    (roles, rows.collect())
}

/// Entries of the audit with that action: who, on what, and with what they say.
async fn entries(bench: &Bench, action: &str) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let page = format!("/v1/audit?limit=200&after={after}");
        let page = bench.see(&page, "boss").await;
        let items = page["items"].as_array().unwrap().iter();
        found.extend(items.filter(|entry| entry["action"] == action).cloned());
        match page["next"].as_u64() {
            Some(next) => after = next,
            None => return found,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_of_roles_and_actions() {
    let bench = Bench::with(&people()).await;
    let subjects = Subjects::of(&bench).await;
    let (roles, rows) = table();
    let (mut cases, mut wrong) = (0, Vec::new());
    let mut denials = BTreeMap::new();
    for (action, expected) in &rows {
        assert_eq!(roles.len(), expected.len(), "{action}");
        for (role, expected) in roles.iter().zip(expected) {
            let is_person = ["ada", "fay", "sue"].contains(role);
            let token = if is_person {
                format!("{role}-desk")
            } else {
                (*role).to_owned()
            };
            let key = format!("{action}-{role}").replace([' ', ','], "-");
            let (method, path, template, body) = subjects.action(action, &key);
            let mut request = bench
                .request(method.parse().unwrap(), &path, &token)
                .header("Idempotency-Key", &key)
                .header("If-Match", "\"v0\"")
                .header("Prefer", "wait=30");
            if !body.is_null() {
                request = request.json(&body);
            }
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            let text = answer.text().await.unwrap();
            if status != *expected {
                wrong.push(format!(
                    "{action} by {role}: {status}, not {expected}: {text}"
                ));
            }
            let said: Value = serde_json::from_str(&text).unwrap_or_default();
            if status == 403 {
                let code = said["code"].as_str().unwrap().to_owned();
                denials.insert(
                    (format!("api/{token}"), format!("{method} {template}")),
                    code,
                );
            }
            cases += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(cases, 46 * 14);

    // Each denial is on record, under the token and the route; a decision that a person may not take, under the person.
    let denied: BTreeSet<(String, String)> = entries(&bench, "api.denied")
        .await
        .iter()
        .map(|entry| {
            let text = |key: &str| entry[key].as_str().unwrap().to_owned();
            (text("actor"), text("subject"))
        })
        .collect();
    let by_gate = |code: &String| code == "api.forbidden" || code == "api.no-person";
    let expected: BTreeSet<(String, String)> = denials
        .iter()
        .filter(|(_, code)| by_gate(code))
        .map(|(name, _)| name.clone())
        .collect();
    assert_eq!(denied, expected);
    let refused: Vec<(String, String)> = entries(&bench, "approval.refused")
        .await
        .iter()
        .map(|entry| {
            let via = entry["body"]["via"].as_str().unwrap();
            (entry["actor"].as_str().unwrap().to_owned(), via.to_owned())
        })
        .collect();
    let pair = |who: &str| (who.to_owned(), format!("api/{who}-desk"));
    let expected = ["ada", "fay", "ada", "fay", "sue"].map(pair);
    assert_eq!(refused, expected, "501.00 twice, 7000.00 three times");
    assert!(bench.running.stop().await);
}
