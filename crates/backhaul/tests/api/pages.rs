//! The console: who gets in, what nobody can forge, what is shown to whom.

use serde_json::Value;

use crate::support::{Bench, asked};
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_signs_in_with_a_token_and_out_again() {
    let bench = Bench::new().await;
    let mut visitor = Visitor::of(&bench);
    let page = visitor.get("/returns?by=sku&q=A%26B").await;
    assert_eq!(
        (page.status, page.to()),
        (303, "/sign-in?to=%2Freturns%3Fby%3Dsku%26q%3DA%2526B")
    );
    let page = visitor.see(page.to()).await;
    assert_eq!(page.hidden("/sign-in", "to"), "/returns?by=sku&q=A%26B");

    let page = visitor.sign_in("nobody", "/").await;
    assert_eq!(page.status, 401);
    assert!(page.says("No token has that text"), "{}", page.text);
    assert!(!visitor.cookies.contains_key("backhaul"));

    let page = visitor.sign_in("viewer", "https://elsewhere").await;
    assert_eq!((page.status, page.to()), (303, "/"), "never to elsewhere");
    let cookie = visitor.set["backhaul"].clone();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "plain HTTP: {cookie}");
    let page = visitor.see("/").await;
    assert!(page.says("Awaiting receipt") && page.says("Nothing takes longer"));
    let page = visitor.see("/returns").await;
    let csrf = page.hidden("/sign-out", "csrf");
    let kept = visitor.cookies["backhaul"].clone();
    let page = visitor.post("/sign-out", &[("csrf", &csrf)]).await;
    assert_eq!((page.status, page.to()), (303, "/sign-in"));
    visitor.cookies.insert("backhaul".to_owned(), kept);
    let page = visitor.get("/returns").await;
    assert_eq!(
        page.status, 303,
        "the session has ended, not only its cookie"
    );
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_that_fail_too_often_have_to_wait() {
    let bench = Bench::new().await;
    let mut visitor = Visitor::of(&bench);
    for _ in 0..10 {
        assert_eq!(visitor.sign_in("guess", "/").await.status, 401);
    }
    let shut = visitor.sign_in("guess", "/").await;
    assert_eq!(shut.status, 429);
    let seconds: u64 = shut.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(shut.says("Too many sign-ins failed."), "{}", shut.text);
    assert_eq!(visitor.sign_in("viewer", "/").await.status, 429);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_of_others_are_refused() {
    let bench = Bench::new().await;
    let mut visitor = Visitor::signed_in(&bench, "viewer").await;
    let page = visitor.see("/returns").await;
    let csrf = page.hidden("/sign-out", "csrf");
    let mut other = Visitor::signed_in(&bench, "boss").await;
    let foreign = other.see("/returns").await.hidden("/sign-out", "csrf");
    let here = ("sec-fetch-site", "same-origin");
    for (fields, headers) in [
        (vec![], vec![here]),
        (vec![("csrf", "")], vec![here]),
        (vec![("csrf", foreign.as_str())], vec![here]),
        (
            vec![("csrf", csrf.as_str())],
            vec![("sec-fetch-site", "cross-site")],
        ),
        (
            vec![("csrf", csrf.as_str())],
            vec![("sec-fetch-site", "same-site")],
        ),
        (
            vec![("csrf", csrf.as_str())],
            vec![("origin", "https://evil.example")],
        ),
        (vec![("csrf", csrf.as_str())], vec![("origin", "null")]),
    ] {
        let page = visitor.post_from("/sign-out", &fields, &headers).await;
        assert_eq!(page.status, 403, "{fields:?} {headers:?}");
        assert!(page.says("nothing was done"), "{}", page.text);
    }
    visitor.see("/returns").await;
    // Also the sign-in itself: nobody is signed in as somebody else.
    let mut fresh = Visitor::of(&bench);
    let forged = [("csrf", "x"), ("token", "boss"), ("to", "/")];
    assert_eq!(fresh.post("/sign-in", &forged).await.status, 403);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_are_those_of_the_token_and_denials_are_in_the_audit() {
    let bench = Bench::new().await;
    let mut clerk = Visitor::signed_in(&bench, "clerk").await;
    let page = clerk.get("/returns").await;
    assert_eq!(page.status, 403);
    assert!(page.says("lacks the right returns:read"), "{}", page.text);
    assert!(
        !page.says("href=\"/returns\""),
        "no link to where nobody gets"
    );
    let audit = bench.see("/v1/audit?limit=200", "auditor").await;
    let entries = audit["items"].as_array().unwrap();
    let denied = |e: &&Value| e["action"] == "api.denied" && e["subject"] == "GET /returns";
    let denied: Vec<&Value> = entries.iter().filter(denied).collect();
    assert_eq!(denied.len(), 1, "{audit}");
    assert_eq!(denied[0]["actor"], "api/clerk");
    // The API itself is not opened by a session.
    assert_eq!(clerk.get("/v1/exceptions").await.status, 401);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_is_found_and_read_and_every_text_is_escaped() {
    let bench = Bench::new().await;
    let evil = "<script>alert(1)</script>";
    let mut known = Vec::new();
    for n in 0..3 {
        let mut request = asked(&format!("P{n}"), &format!("INV-P{n}"), 1);
        evil.clone_into(&mut request.customer_account);
        request.lines[0].sku = format!("SKU-P{n}\"><img src=x onerror=y>");
        let made = bench.decided(&format!("P{n}"), &request).await;
        known.push(made.json::<Value>().await.unwrap());
    }
    let rma = known[1]["rma_number"].as_str().unwrap();
    let id = known[1]["return_id"].as_str().unwrap();

    let mut viewer = Visitor::signed_in(&bench, "viewer").await;
    let page = viewer.see("/returns").await;
    for one in &known {
        assert!(page.says(one["rma_number"].as_str().unwrap()));
    }
    assert!(!page.says(evil) && page.says("&#60;script&#62;alert(1)"));
    let found = viewer.get(&format!("/returns?by=name&q={rma}")).await;
    assert_eq!(
        (found.status, found.to()),
        (303, &*format!("/returns/{id}"))
    );
    let sku = "SKU-P2%22%3E%3Cimg%20src%3Dx%20onerror%3Dy%3E";
    for (query, expected) in [
        ("by=invoice&q=INV-P1".to_owned(), vec![1]),
        (format!("by=sku&q={sku}"), vec![2]),
        ("by=order&q=none".to_owned(), vec![]),
        ("by=document&q=none".to_owned(), vec![]),
        ("status=AUTHORIZED".to_owned(), vec![0, 1, 2]),
        ("status=CLOSED".to_owned(), vec![]),
    ] {
        let page = viewer.see(&format!("/returns?{query}")).await;
        let shown = |one: &Value| {
            let link = format!("href=\"/returns/{}\"", one["return_id"].as_str().unwrap());
            page.says(&link)
        };
        let found: Vec<usize> = (0..3).filter(|n| shown(&known[*n])).collect();
        assert_eq!(found, expected, "{query}");
    }
    let page = viewer.see("/returns?q=%3Cb%3Enone").await;
    assert!(page.says("Nothing is known as “&#60;b&#62;none”"));

    let page = viewer.see(&format!("/returns/{id}")).await;
    for words in [
        "R200: authorised",
        "INV-P1 / ",
        "return.requested.v1",
        "authorized <b>",
    ] {
        assert!(page.says(words), "{words}: {}", page.text);
    }
    assert!(!page.says("<img src=x") && !page.says(evil));
    assert!(!page.says("What was said</summary>"), "without bodies:read");
    let mut reader = Visitor::signed_in(&bench, "reader").await;
    let page = reader.see(&format!("/returns/{id}")).await;
    assert!(page.says("What was said</summary>") && page.says("&#34;line_no&#34;: 1"));
    let moment = page.text.split("/moment/").count();
    assert!(moment >= 1, "{}", page.text);
    let page = reader.see(&format!("/returns/{id}/moment/0")).await;
    assert!(page.says("<h1>return.requested.v1</h1>"), "{}", page.text);
    assert_eq!(viewer.get("/returns/none").await.status, 404);
    assert_eq!(
        viewer.get(&format!("/returns/{id}/moment/99")).await.status,
        404
    );
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_say_what_browsers_may_do_with_them() {
    let bench = Bench::new().await;
    let mut visitor = Visitor::signed_in(&bench, "viewer").await;
    for path in ["/returns", "/sign-in", "/returns/none"] {
        let page = visitor.get(path).await;
        let header = |name: &str| page.headers[name].to_str().unwrap();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "same-origin");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        for inline in [
            "<style",
            " style=",
            " onclick=",
            "<script>",
            "http://",
            "https://",
        ] {
            assert!(!page.says(inline), "{path}: {inline}");
        }
        for part in page.text.split("/assets/").skip(1) {
            let name = part.split('"').next().unwrap();
            let asset = visitor.get(&format!("/assets/{name}")).await;
            assert_eq!(asset.status, 200, "{name}");
            let kept = asset.headers["cache-control"].to_str().unwrap();
            assert_eq!(kept, "public, max-age=31536000, immutable");
            assert!(asset.text.len() < 100_000);
        }
    }
    assert_eq!(visitor.get("/assets/style.css").await.status, 404);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_tls_cookies_are_for_tls_alone_and_pages_can_be_left_out() {
    let behind = "[api]\nlisten = \"127.0.0.1:0\"\nmax_body_bytes = 100000\nbehind_tls = true\n";
    let bench = Bench::with_api(behind).await;
    let mut visitor = Visitor::of(&bench);
    visitor.sign_in("viewer", "/").await;
    let cookie = visitor.set["__Host-backhaul"].clone();
    assert!(cookie.ends_with("; Secure"), "{cookie}");
    assert!(bench.running.stop().await);

    let without = "[api]\nlisten = \"127.0.0.1:0\"\nconsole = false\n";
    let bench = Bench::with_api(without).await;
    let mut visitor = Visitor::of(&bench);
    assert_eq!(visitor.get("/sign-in").await.status, 404);
    assert_eq!(bench.get("/v1/returns", "viewer").await.status(), 200);
    assert!(bench.running.stop().await);
}
