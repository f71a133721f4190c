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

/// Half a gigabyte that travels as half a megabyte, and a file of ours that the answer asks for.
#[tokio::test]
async fn what_is_packed_or_outside_is_not_unpacked_or_read() {
    let packed = std::process::Command::new("sh")
        .args(["-c", "head -c 536870912 /dev/zero | gzip -1"])
        .output()
        .unwrap()
        .stdout;
    assert!(packed.len() < 4 * 1024 * 1024, "{}", packed.len());
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        packed.len()
    )
    .into_bytes();
    answer.extend(packed);
    let erp = Scripted::start(move |_| answer.clone()).await;
    let clerk = Clerk::new(&patient(&erp.url()));
    testkit::memory::peak(|| ()).unwrap();
    let failure = clerk.send(&command("basic")).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::InDoubt, "{failure}");
    let most = testkit::memory::highest().unwrap();
    assert!(most < 400 * 1024 * 1024, "{most} bytes");

    let asks = format!(
        "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{}",
        envelope(
            "<PostCreditMemoResponse><documentNumber>&x;</documentNumber></PostCreditMemoResponse>"
        )
    );
    let answer = ok("", &asks);
    let erp = Scripted::start(move |_| answer.clone()).await;
    let clerk = Clerk::new(&patient(&erp.url()));
    let failure = clerk.send(&command("basic")).await.unwrap_err();
    assert_eq!(failure.code, "erp-soap.garbage", "{failure}");
    assert!(!failure.message.contains("root"), "{failure}");
}
