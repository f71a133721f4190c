//! Personal data: marked on its way in, and looked for in every answer to somebody who may see everything else.

use std::collections::BTreeSet;

use console::access;
use serde_json::{Value, json};

use crate::support::{Bench, asked};
use crate::visitor::Visitor;

/// Every text that must not be seen has one of these in it.
const MARKS: [&str; 3] = ["MARK", "mark.example", "Markweg"];

/// Everything that can be read, but not what is personal.
const BLIND: &[&str] = &[
    "returns:read",
    "returns:write",
    "exceptions:read",
    "bodies:read",
    "exceptions:replay",
    "exceptions:edit",
    "exceptions:discard",
    "approvals:read",
    "messages:try",
    "metrics:read",
    "proofs:read",
    "audit:read",
];

const MESSAGE: &str = r#"{ "type": "return.requested", "customerName": "Jane MARK", "email": "jane@mark.example",
    "phone": "+49 MARK 5550", "shipTo": { "street": "Markweg 1" } }"#;

/// Paths of the API that are read, as described by itself, about these.
async fn routes(bench: &Bench, known: &[(&str, &str)]) -> Vec<String> {
    let description = bench.see("/v1/openapi.json", "").await;
    let paths = description["paths"].as_object().unwrap().iter();
    let read = paths.filter(|(_, methods)| methods.get("get").is_some());
    let mut all: Vec<String> = read
        .map(|(path, _)| {
            let id = known.iter().find(|(part, _)| path.starts_with(part));
            let id = id.map_or("none", |(_, id)| *id);
            let path = path.replace("{id}", id).replace("{key}", id);
            let path = path.replace("{name}", id);
            match path.as_str() {
                "/v1/metrics/course" => format!("{path}?metric=awaiting_receipt"),
                _ => path,
            }
        })
        // An answer without an end; what it tells is how a return stands, as /v1/returns does.
        // Users are for administrators alone.
        .filter(|path| path != "/v1/events" && path != "/v1/users")
        .collect();
    all.extend(["/v1/audit?format=jsonl", "/v1/audit?format=csv"].map(str::to_owned));
    all
}

/// Those of these that show a mark.
async fn marked(
    bench: &Bench,
    token: &str,
    routes: &[String],
    pages: &[String],
) -> BTreeSet<String> {
    let is_marked = |text: &str| MARKS.iter().any(|mark| text.contains(mark));
    let mut found = BTreeSet::new();
    for path in routes {
        let answer = bench.get(path, token).await;
        let status = answer.status();
        assert!(
            status == 200 || path.contains("none"),
            "{path} by {token}: {status}"
        );
        if is_marked(&answer.text().await.unwrap()) {
            found.insert(path.clone());
        }
    }
    let mut visitor = Visitor::signed_in(bench, token).await;
    for path in pages {
        if is_marked(&visitor.see(path).await.text) {
            found.insert(path.clone());
        }
    }
    found
}

/// A return that a person has to decide on, asked for by somebody who is known by her address.
async fn waiting(bench: &Bench) -> String {
    let mut late = asked("M2", "INV-M2", 1);
    let invoice = late.lines[0].invoice_ref.as_mut().unwrap();
    invoice.date = invoice.date.saturating_sub(jiff::Span::new().days(200));
    late.requested_by = Some("jane@mark.example".to_owned());
    assert_eq!(bench.decided("M2", &late).await.status(), 201);
    let inbox = bench.see("/v1/approvals", "boss").await;
    let id = inbox["items"][0]["approval_id"].as_str();
    id.expect("it waits").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_personal_is_seen_nowhere_without_the_right() {
    let hash = access::write_hash(&access::hash("blind"));
    let block =
        format!("[[api.token]]\nname = \"blind\"\nsha256 = \"{hash}\"\nscopes = {BLIND:?}\n");
    let bench = Bench::with(&block).await;
    let mut request = asked("M1", "INV-M1", 1);
    request.lines[0].customer_note = Some("ask for Jane MARK, jane@mark.example".to_owned());
    let made: Value = bench.decided("M1", &request).await.json().await.unwrap();
    let id = made["return_id"].as_str().unwrap();
    let exception = bench.garbage(MESSAGE).await;
    let approval = waiting(&bench).await;
    let discarded = bench.garbage("a test").await;
    let why = json!({ "reason": "asked jane@mark.example" });
    let discard = format!("/v1/exceptions/{discarded}/discard");
    let done = bench.post(&discard, "boss", "d1", &why).await;
    assert_eq!(done.status(), 200);

    let known = [
        ("/v1/returns", id),
        ("/v1/exceptions", &*exception),
        ("/v1/approvals", &*approval),
    ];
    let mut routes = routes(&bench, &known).await;
    routes.push("/v1/exceptions?state=any".to_owned());
    let mut pages: Vec<String> = [
        "/",
        "/returns",
        "/exceptions",
        "/exceptions/all",
        "/bench",
        "/numbers",
        "/approvals",
        "/audit",
        "/audit?format=jsonl",
        "/audit?format=csv",
        "/exceptions/replay?connector=portal",
        "/replays",
        "/proofs",
    ]
    .map(str::to_owned)
    .to_vec();
    pages.push(format!("/returns/{id}"));
    pages.extend((0..2).map(|n| format!("/returns/{id}/moment/{n}")));
    pages.push(format!("/exceptions/{exception}"));
    pages.push(format!("/exceptions/{exception}/edit"));
    pages.push(format!("/exceptions/{discarded}"));
    pages.push(format!("/approvals/{approval}"));

    let seen = marked(&bench, "boss", &routes, &pages).await;
    for path in [
        format!("/v1/returns/{id}"),
        format!("/v1/returns/{id}/timeline"),
        format!("/v1/exceptions/{exception}"),
        "/v1/audit".to_owned(),
        "/v1/audit?format=csv".to_owned(),
        "/audit".to_owned(),
        "/audit?format=jsonl".to_owned(),
        format!("/returns/{id}"),
        format!("/returns/{id}/moment/0"),
        format!("/exceptions/{exception}"),
        format!("/exceptions/{exception}/edit"),
        format!("/exceptions/{discarded}"),
        "/v1/exceptions?state=any".to_owned(),
        "/v1/approvals".to_owned(),
        format!("/v1/approvals/{approval}"),
        format!("/approvals/{approval}"),
    ] {
        assert!(
            seen.contains(&path),
            "{path} shows nothing that could be covered: {seen:?}"
        );
    }
    assert_eq!(
        marked(&bench, "blind", &routes, &pages).await,
        BTreeSet::new()
    );

    // It is covered, not left out: who looks knows that there is something.
    let shown = bench.see(&format!("/v1/returns/{id}"), "blind").await;
    assert_eq!(shown["lines"][0]["line"]["customer_note"], "•••", "{shown}");
    let shown = bench
        .see(&format!("/v1/exceptions/{exception}"), "blind")
        .await;
    assert_eq!(shown["bytes"], MESSAGE.len());
    assert!(shown.get("raw_text").is_none() && shown.get("raw_base64").is_none());
    assert!(bench.running.stop().await);
}
