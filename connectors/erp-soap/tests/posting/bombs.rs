//! Answers that would take a careless reader down.

use std::time::{Duration, Instant};

use connector::FailureKind;

use crate::scripted::{Scripted, envelope, ok};
use crate::support::{Clerk, block, command};

#[tokio::test]
async fn a_bomb_is_refused_within_bounds() {
    let laughs = format!(
        "<!DOCTYPE lolz [<!ENTITY a \"ha\">{}]>{}",
        (0..20).fold(String::new(), |all, n| all
            + &format!("<!ENTITY b{n} \"&a;&a;&a;&a;\">")),
        envelope("<PostCreditMemoResponse>&b19;</PostCreditMemoResponse>")
    );
    let deep = envelope(&"<a>".repeat(1_000_000));
    let wide = envelope(&format!("<R>{}</R>", "<a/>".repeat(900_000)));
    let long = envelope(&format!("<R>{}</R>", "x".repeat(50 * 1024 * 1024)));
    let attributes: Vec<String> = (0..50_000).map(|n| format!(" a{n}=\"\"")).collect();
    let attributes = envelope(&format!("<R{}/>", attributes.concat()));
    for (what, body) in [
        ("entities", laughs),
        ("depth", deep),
        ("breadth", wide),
        ("length", long),
        ("attributes", attributes),
    ] {
        let answer = ok("", &body);
        let erp = Scripted::start(move |_| answer.clone()).await;
        let clerk = Clerk::new(&patient(&erp.url()));
        let began = Instant::now();
        let failure = clerk.send(&command("basic")).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::InDoubt, "erp-soap.garbage"),
            "{what}: {failure}"
        );
        let failure = clerk.find(&command("basic")).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unavailable, "{what}: {failure}");
        assert!(began.elapsed() < Duration::from_secs(10), "{what}");
    }
}

/// How long each name is may be said by the partner; it does not get into our sentences at full length.
#[tokio::test]
async fn a_long_sentence_is_cut() {
    let fault = format!(
        "<S:Fault><faultcode>S:Client</faultcode><faultstring>{}</faultstring></S:Fault>",
        "long ".repeat(100_000)
    );
    let answer = ok("", &envelope(&fault));
    let erp = Scripted::start(move |_| answer.clone()).await;
    let clerk = Clerk::new(&block(&erp.url(), ""));
    let failure = clerk.send(&command("basic")).await.unwrap_err();
    assert_eq!(failure.code, "erp-soap.refused");
    assert!(failure.message.len() < 500, "{}", failure.message.len());
}

/// With more time than other tests: much is to be read.
fn patient(url: &str) -> connector::Settings {
    crate::support::settings(&format!(
        "url = \"{url}\"\nprofile = \"sim\"\ntimeout = \"20s\""
    ))
}
