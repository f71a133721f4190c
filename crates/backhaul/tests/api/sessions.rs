//! Who tried to sign in is in the audit; sessions end everywhere when that is wished; a console without any token.

use serde_json::Value;

use crate::pages_users::{PASSWORD, done};
use crate::support::Bench;
use crate::visitor::Visitor;

const ADD: [&str; 6] = ["add", "ada", "--role", "viewer", "--by", "root"];

/// Entries of the audit whose action begins so.
async fn entries(bench: &Bench, action: &str) -> Vec<Value> {
    let path = format!("/v1/audit?limit=200&action={action}");
    let page = bench.see(&path, "boss").await;
    page["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_that_failed_are_in_the_audit_without_what_was_typed() {
    let bench = Bench::new().await;
    done(&bench, &ADD, PASSWORD);
    let mut visitor = Visitor::of(&bench);
    let secret = "hunter2hunter2";
    assert_eq!(visitor.sign_in_by_name("ada", secret).await.status, 401);
    assert_eq!(visitor.sign_in_by_name(secret, "").await.status, 401);
    assert_eq!(visitor.sign_in(secret, "/").await.status, 401);
    assert_eq!(bench.get("/v1/returns", secret).await.status(), 401);
    assert_eq!(bench.get("/v1/returns", "").await.status(), 401);
    let failed = entries(&bench, "sign-in.").await;
    let about: Vec<&str> = failed
        .iter()
        .map(|entry| entry["subject"].as_str().unwrap())
        .collect();
    assert_eq!(about, ["user/ada", "user", "token"]);
    let api = entries(&bench, "api.unauthorized").await;
    assert_eq!(api.len(), 1, "nothing shown, nothing tried: {api:?}");
    assert_eq!(api[0]["subject"], "GET /v1/returns");
    for entry in failed.iter().chain(&api) {
        assert_eq!(entry["actor"], "address/127.0.0.1", "{entry}");
    }
    let whole = bench.get("/v1/audit?format=jsonl", "boss").await;
    let whole = whole.text().await.unwrap();
    assert!(!whole.contains("hunter2"), "{whole}");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_of_another_site_is_in_the_audit() {
    let bench = Bench::new().await;
    let mut viewer = Visitor::signed_in(&bench, "viewer").await;
    let forged = [("csrf", "x")];
    assert_eq!(viewer.post("/sign-out", &forged).await.status, 403);
    let denied = entries(&bench, "api.denied").await;
    assert_eq!(denied.len(), 1, "{denied:?}");
    assert_eq!(denied[0]["actor"], "api/viewer");
    assert_eq!(denied[0]["subject"], "POST /sign-out");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_one_name_are_counted_wherever_they_come_from() {
    let api = "[api]\nlisten = \"127.0.0.1:0\"\nbehind_tls = true\n";
    let bench = Bench::with_api(api).await;
    done(&bench, &ADD, PASSWORD);
    let mut answers = Vec::new();
    for name in ["ada", "nobody"] {
        for n in 0..11 {
            let mut visitor = Visitor::of(&bench);
            let csrf = visitor.get("/sign-in").await.hidden("/sign-in", "csrf");
            let fields = [("csrf", &*csrf), ("name", name), ("password", "guess")];
            let from = format!("192.0.2.{n}");
            let headers = [
                ("x-forwarded-for", &*from),
                ("sec-fetch-site", "same-origin"),
            ];
            let page = visitor.post_from("/sign-in", &fields, &headers).await;
            assert_eq!(page.status, if n < 10 { 401 } else { 429 }, "{name} {n}");
            if n == 10 {
                let form = page.hidden("/sign-in", "csrf");
                let wait = page.headers["retry-after"].to_str().unwrap();
                let said = page.text.replace(&form, "").replace(wait, "N");
                answers.push(said);
            }
        }
    }
    assert_eq!(
        answers[0], answers[1],
        "whether the name is known is not told"
    );
    let shut = entries(&bench, "sign-in.too-many").await;
    assert_eq!(shut.len(), 2, "{shut:?}");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_signs_out_everywhere() {
    let bench = Bench::new().await;
    done(&bench, &ADD, PASSWORD);
    let mut here = Visitor::of(&bench);
    let mut there = Visitor::of(&bench);
    for visitor in [&mut here, &mut there] {
        assert_eq!(visitor.sign_in_by_name("ada", PASSWORD).await.status, 303);
    }
    let mut viewer = Visitor::signed_in(&bench, "viewer").await;
    // By oneself.
    let csrf = here.see("/returns").await.hidden("/sign-out", "csrf");
    let out = here.post("/sign-out/everywhere", &[("csrf", &csrf)]).await;
    assert_eq!((out.status, out.to()), (303, "/sign-in"));
    assert_eq!(there.get("/returns").await.status, 303);
    viewer.see("/returns").await;
    // By the command.
    assert_eq!(here.sign_in_by_name("ada", PASSWORD).await.status, 303);
    done(&bench, &["sign-out", "ada", "--by", "root"], "");
    assert_eq!(here.get("/returns").await.status, 303);
    // By an administrator, and by nobody else.
    assert_eq!(here.sign_in_by_name("ada", PASSWORD).await.status, 303);
    assert_eq!(here.get("/users").await.status, 403);
    let csrf = here.see("/returns").await.hidden("/sign-out", "csrf");
    let forged = here.post("/users/ada/sign-out", &[("csrf", &csrf)]).await;
    assert_eq!(forged.status, 403);
    let mut boss = Visitor::signed_in(&bench, "boss").await;
    let page = boss.see("/users").await;
    assert!(!page.says("argon2"), "{}", page.text);
    let csrf = page.hidden("/users/ada/sign-out", "csrf");
    let out = boss.post("/users/ada/sign-out", &[("csrf", &csrf)]).await;
    assert_eq!((out.status, out.to()), (303, "/users"));
    assert_eq!(here.get("/returns").await.status, 303);
    boss.see("/users").await;
    let none = boss.post("/users/eve/sign-out", &[("csrf", &csrf)]).await;
    assert_eq!(none.status, 404);
    // Whoever came with a token ends all that it opened.
    let mut twin = Visitor::signed_in(&bench, "viewer").await;
    let csrf = viewer.see("/returns").await.hidden("/sign-out", "csrf");
    let out = viewer
        .post("/sign-out/everywhere", &[("csrf", &csrf)])
        .await;
    assert_eq!(out.status, 303);
    assert_eq!(twin.get("/returns").await.status, 303);
    boss.see("/returns").await;

    let out = entries(&bench, "user.signed-out").await;
    let who: Vec<(&str, &str)> = out
        .iter()
        .map(|e| (e["actor"].as_str().unwrap(), e["subject"].as_str().unwrap()))
        .collect();
    assert_eq!(
        who,
        [
            ("user/ada", "user/ada"),
            ("root", "user/ada"),
            ("api/boss", "user/ada"),
            ("api/viewer", "api/viewer")
        ]
    );
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_alone_is_enough_for_the_console() {
    let bench = Bench::without_tokens(async |bench: &Bench| {
        assert!(bench.running.sidecar.api().is_none(), "nobody could use it");
        done(bench, &ADD, PASSWORD);
    })
    .await;
    let mut visitor = Visitor::of(&bench);
    assert_eq!(visitor.sign_in("viewer", "/").await.status, 401);
    assert_eq!(visitor.sign_in_by_name("ada", PASSWORD).await.status, 303);
    visitor.see("/returns").await;
    assert_eq!(bench.get("/v1/returns", "viewer").await.status(), 401);
    let description = bench.get("/v1/openapi.json", "").await;
    assert_eq!(description.status(), 200);
    assert!(bench.running.stop().await);
}
