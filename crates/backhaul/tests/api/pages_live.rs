//! Pages that are open are told when something that they show has changed: who may follow, how many, and until when.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::pages_users::{PASSWORD, done};
use crate::support::{Bench, asked};
use crate::visitor::Visitor;

/// For everything that is waited for.
const PATIENCE: Duration = Duration::from_mins(1);
/// Streams that a session may have.
const OF_SESSION: usize = 4;

/// A stream, and what was read of it that is no whole event yet.
struct Told(Response, String);

impl Told {
    /// Opens one, and waits until somebody looks for it.
    async fn of(visitor: &Visitor, path: &str) -> Self {
        let response = visitor.opened(path, &[]).await;
        assert_eq!(response.status(), 200, "{path}");
        let mut told = Self(response, String::new());
        assert!(told.again().await, "{path}: the page may be old already");
        told
    }

    /// Waits until the page is told that something has changed. `false`: the stream has ended.
    async fn again(&mut self) -> bool {
        loop {
            if let Some((event, rest)) = self.1.split_once("\n\n") {
                let is_event = event.lines().any(|line| line == "data: changed");
                let said = |line: &str| {
                    line == "data: changed" || line.starts_with("retry:") || line.starts_with(':')
                };
                assert!(event.lines().all(said), "nothing else is told: {event}");
                self.1 = String::from(rest);
                if is_event {
                    return true;
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.0.chunk()).await;
            match chunk.expect("it is told in time").unwrap() {
                Some(chunk) => self.1.push_str(std::str::from_utf8(&chunk).unwrap()),
                None => return false,
            }
        }
    }

    /// Waits until it has ended.
    async fn ended(mut self) {
        while self.again().await {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_takes_the_rights_of_its_page() {
    let bench = Bench::new().await;
    let nobody = Visitor::of(&bench);
    let viewer = Visitor::signed_in(&bench, "viewer").await;
    let clerk = Visitor::signed_in(&bench, "clerk").await;
    let inbox = Visitor::signed_in(&bench, "inbox").await;
    for (path, may) in [
        ("/live/overview", [true, true, true]),
        ("/live/returns", [true, false, false]),
        ("/live/returns/R1", [true, false, false]),
        ("/live/exceptions", [false, true, false]),
        ("/live/approvals", [false, false, true]),
        ("/live/replays", [false, true, false]),
        ("/live/replays/X1", [false, true, false]),
    ] {
        // A browser that is asked to sign in would take the page for what it follows.
        assert_eq!(nobody.opened(path, &[]).await.status(), 401, "{path}");
        for (visitor, may) in [&viewer, &clerk, &inbox].into_iter().zip(may) {
            let response = visitor.opened(path, &[]).await;
            assert_eq!(response.status(), if may { 200 } else { 403 }, "{path}");
            if may {
                let headers = response.headers();
                assert_eq!(headers["content-type"], "text/event-stream");
                assert_eq!(headers["cache-control"], "no-store");
                let policy = headers["content-security-policy"].to_str().unwrap();
                assert!(policy.starts_with("default-src 'self';"), "{policy}");
            }
        }
    }
    for site in ["cross-site", "same-site", "none"] {
        let from = [("sec-fetch-site", site)];
        let response = viewer.opened("/live/returns", &from).await;
        assert_eq!(response.status(), 403, "{site}");
    }
    let from = [("sec-fetch-site", "same-origin")];
    let response = viewer.opened("/live/returns", &from).await;
    assert_eq!(response.status(), 200);
    // The pages that are told say where.
    let mut boss = Visitor::signed_in(&bench, "boss").await;
    for (page, stream) in [
        ("/", "/live/overview"),
        ("/returns", "/live/returns"),
        ("/exceptions", "/live/exceptions"),
        ("/exceptions/all", "/live/exceptions"),
        ("/approvals", "/live/approvals"),
        ("/replays", "/live/replays"),
    ] {
        let page = boss.see(page).await;
        let says = format!("data-stream=\"{stream}\"");
        assert!(page.says(&says), "{}", page.text);
    }
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_told_what_concerns_it() {
    let bench = Bench::new().await;
    let mut boss = Visitor::signed_in(&bench, "boss").await;
    let mut other = Visitor::signed_in(&bench, "boss").await;
    boss.see("/").await;
    let mut overview = Told::of(&boss, "/live/overview").await;
    let mut returns = Told::of(&boss, "/live/returns").await;
    let mut exceptions = Told::of(&boss, "/live/exceptions").await;
    let mut replays = Told::of(&boss, "/live/replays").await;

    let made = bench.decided("L1", &asked("L1", "INV-L1", 1)).await;
    let made: Value = made.json().await.unwrap();
    let id = made["return_id"].as_str().unwrap();
    assert!(returns.again().await);
    // The overview is told when there is one that has it.
    while !boss.see("/").await.says("R200") {
        assert!(overview.again().await);
    }

    let page = other.see(&format!("/returns/{id}")).await;
    let path = format!("/live/returns/{id}");
    let says = format!("data-stream=\"{path}\"");
    assert!(page.says(&says), "{}", page.text);
    let mut one = Told::of(&other, &path).await;
    let withdrawn = json!({ "status": "CANCELLED", "reason": "a test" });
    let request = bench.request(Method::PATCH, &format!("/v1/returns/{id}"), "shop");
    let request = request
        .header("Idempotency-Key", "L1-cancel")
        .header("If-Match", "*");
    let answer = request.json(&withdrawn).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    assert!(one.again().await);

    let exception = bench.garbage("no JSON").await;
    assert!(exceptions.again().await);
    let from = format!("/exceptions/{exception}");
    let page = boss.see(&from).await;
    let why = [("reason", "a test")];
    let discarded = boss.send(&page, &format!("{from}/discard"), &why).await;
    assert_eq!(discarded.status, 303, "{}", discarded.text);
    assert!(exceptions.again().await);

    bench.garbage("no JSON either").await;
    let wish = json!({ "code": "SCHEMA_INVALID", "canary": 1, "canary_seconds": 1 });
    let run = bench.post("/v1/replays", "boss", "L1-run", &wish).await;
    assert!(run.status().is_success(), "{}", run.status());
    assert!(replays.again().await);
    assert!(bench.running.stop().await);
    for told in [overview, returns, exceptions, replays, one] {
        told.ended().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approvals_are_told() {
    let bench = Bench::with(&crate::support::people()).await;
    let inbox = Visitor::signed_in(&bench, "inbox").await;
    let mut told = Told::of(&inbox, "/live/approvals").await;
    crate::pages_approve::waiting(&bench, "L2", "somebody").await;
    assert!(told.again().await);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_has_so_many_streams() {
    let bench = Bench::new().await;
    let viewer = Visitor::signed_in(&bench, "viewer").await;
    let mut open = Vec::new();
    for _ in 0..OF_SESSION {
        open.push(Told::of(&viewer, "/live/returns").await);
    }
    let refused = viewer.opened("/live/overview", &[]).await;
    assert_eq!(refused.status(), 429);
    let wait = refused.headers()["retry-after"].to_str().unwrap();
    assert_eq!(wait.parse::<u64>().unwrap(), 60);
    let twin = Visitor::signed_in(&bench, "viewer").await;
    Told::of(&twin, "/live/returns").await;
    // Whoever closes a page makes room.
    drop(open.pop());
    let room = async {
        while viewer.opened("/live/returns", &[]).await.status() != 200 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, room).await;
    assert!(in_time.is_ok(), "nobody has made room");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_its_session() {
    let bench = Bench::new().await;
    let add = ["add", "ada", "--role", "viewer", "--by", "root"];
    done(&bench, &add, PASSWORD);
    let mut viewer = Visitor::signed_in(&bench, "viewer").await;
    let mut twin = Visitor::signed_in(&bench, "viewer").await;
    let mut ada = Visitor::of(&bench);
    assert_eq!(ada.sign_in_by_name("ada", PASSWORD).await.status, 303);

    let here = Told::of(&viewer, "/live/returns").await;
    let there = Told::of(&twin, "/live/returns").await;
    let of_ada = Told::of(&ada, "/live/returns").await;
    let csrf = viewer.see("/returns").await.hidden("/sign-out", "csrf");
    let out = viewer.post("/sign-out", &[("csrf", &csrf)]).await;
    assert_eq!(out.status, 303);
    here.ended().await;
    let csrf = twin.see("/returns").await.hidden("/sign-out", "csrf");
    let out = twin.post("/sign-out/everywhere", &[("csrf", &csrf)]).await;
    assert_eq!(out.status, 303);
    there.ended().await;
    // Changed by somebody else, in another process.
    done(&bench, &["disable", "ada", "--by", "root"], "");
    of_ada.ended().await;
    assert_eq!(ada.opened("/live/returns", &[]).await.status(), 401);
    assert!(bench.running.stop().await);
}
