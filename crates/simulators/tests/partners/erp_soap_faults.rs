//! The SOAP ERP under faults, and who may come in.

use crate::support;
use crate::support::soap::{SoapCaller, memo};
use data_encoding::BASE64;
use http::StatusCode;
use sha1::{Digest, Sha1};
use simulators::erp_soap::{Account, Config, Kind, Security};
use simulators::faults::{Fault, Preset, Rule};

const POST: &str = "SOAP PostCreditMemo";

async fn failing(fault: Fault) -> SoapCaller {
    let caller = SoapCaller::of(Config::default()).await;
    caller.erp.faults().add(Rule::once(fault).on(POST).key("k"));
    caller
}

fn memos(caller: &SoapCaller) -> usize {
    caller.erp.ledger().live(Kind::CreditMemo, "k")
}

#[tokio::test]
async fn after_the_commit_the_answer_is_lost_or_lies() {
    for fault in [Fault::CommitThenDrop, Fault::Truncate] {
        let caller = failing(fault).await;
        let answer = caller.try_call("PostCreditMemo", "", &memo("k")).await;
        answer.expect_err("no whole answer");
        assert_eq!(memos(&caller), 1, "{fault:?}");
        let injected = caller.erp.faults().injected();
        assert_eq!(injected[0].operation, POST);
        assert_eq!(injected[0].key, "k");
    }
    let caller = failing(Fault::FaultAfterCommit).await;
    let answer = caller.call("PostCreditMemo", &memo("k")).await;
    answer.fault("INTERNAL");
    assert!(answer.one("faultstring").starts_with("ORA-03113"));
    assert!(answer.one("faultcode").ends_with(":Server.Internal"));
    assert_eq!(memos(&caller), 1);

    let caller = failing(Fault::Garbage).await;
    let answer = caller.call("PostCreditMemo", &memo("k")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(quick_xml_refuses(&answer.body), "{}", answer.body);
    assert_eq!(memos(&caller), 1);

    let caller = failing(Fault::CommitThen503).await;
    let answer = caller.call("PostCreditMemo", &memo("k")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(memos(&caller), 1);
}

fn quick_xml_refuses(text: &str) -> bool {
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return false,
            Ok(_) => {}
            Err(_) => return true,
        }
    }
}

#[tokio::test]
async fn before_the_commit_nothing_is_done() {
    for (fault, status) in [
        (Fault::Refuse, 500),
        (Fault::Unavailable, 503),
        (Fault::Throttle, 429),
    ] {
        let caller = failing(fault).await;
        let answer = caller.call("PostCreditMemo", &memo("k")).await;
        assert_eq!(answer.status.as_u16(), status);
        if fault == Fault::Refuse {
            answer.fault("SIMULATED_REFUSAL");
        }
        assert_eq!(memos(&caller), 0, "{fault:?}");
        caller.call("PostCreditMemo", &memo("k")).await.posted();
    }
    let caller = failing(Fault::DropBefore).await;
    let answer = caller.try_call("PostCreditMemo", "", &memo("k")).await;
    answer.expect_err("no answer");
    assert_eq!(memos(&caller), 0);
}

#[tokio::test]
async fn a_heavy_day_is_survived_by_looking_before_sending_again() {
    let caller = SoapCaller::of(Config {
        faults: Preset::Heavy.rules(7),
        duplicates: simulators::erp_soap::Duplicates::None,
        ..Config::default()
    })
    .await;
    for number in 0..20 {
        let key = format!("k{number}");
        let inner = format!("<f:Kind>CM</f:Kind><f:ExternalKey>{key}</f:ExternalKey>");
        let deadline = std::time::Instant::now() + support::PATIENCE;
        loop {
            assert!(std::time::Instant::now() < deadline, "{key} never ends");
            let found = caller.try_call("FindDocument", "", &inner).await;
            let Ok(found) = found else { continue };
            if found.status != StatusCode::OK || quick_xml_refuses(&found.body) {
                continue;
            }
            if found.one("Count") != "0" {
                break;
            }
            // Whatever comes of it, the look-up tells.
            let sent = caller.try_call("PostCreditMemo", "", &memo(&key)).await;
            drop(sent);
        }
    }
    let ledger = caller.erp.ledger();
    assert_eq!(ledger.counts[&Kind::CreditMemo], 20);
    assert!(ledger.duplicates.is_empty());
    let counts = caller.erp.faults().counts();
    assert!(counts.contains_key(&Fault::FaultAfterCommit), "{counts:?}");
}

const WSSE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const WSU: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const PROFILE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0";

fn token(user: &str, kind: &str, password: &str, rest: &str) -> String {
    format!(
        "<s:Security e:mustUnderstand='1' xmlns:s='{WSSE}' xmlns:u='{WSU}'><s:UsernameToken>\
         <s:Username>{user}</s:Username><s:Password Type='{PROFILE}#{kind}'>{password}</s:Password>\
         {rest}</s:UsernameToken></s:Security>"
    )
}

fn digest_token(nonce: &str, created: &str, password: &str) -> String {
    let hash = Sha1::new()
        .chain_update(nonce.as_bytes())
        .chain_update(created.as_bytes())
        .chain_update(password.as_bytes());
    let digest = BASE64.encode(&hash.finalize());
    let nonce = BASE64.encode(nonce.as_bytes());
    let rest = format!("<s:Nonce>{nonce}</s:Nonce><u:Created>{created}</u:Created>");
    token("backhaul", "PasswordDigest", &digest, &rest)
}

async fn ping(caller: &SoapCaller, header: &str) -> support::soap::Answer {
    caller.try_call("Ping", header, "").await.unwrap()
}

#[tokio::test]
async fn a_password_in_the_clear() {
    let caller = SoapCaller::of(Config {
        security: Security::UsernameText(Account::default()),
        ..Config::default()
    })
    .await;
    let good = token("backhaul", "PasswordText", "s3cret", "");
    assert_eq!(ping(&caller, &good).await.status, StatusCode::OK);
    for header in [
        String::new(),
        token("backhaul", "PasswordText", "wrong", ""),
        token("somebody", "PasswordText", "s3cret", ""),
        token("backhaul", "PasswordDigest", "s3cret", ""),
    ] {
        ping(&caller, &header).await.fault("FAILED_AUTHENTICATION");
    }
}

#[tokio::test]
async fn a_digest_holds_once_and_for_five_minutes() {
    let caller = SoapCaller::of(Config {
        security: Security::UsernameDigest(Account::default()),
        ..Config::default()
    })
    .await;
    let now = jiff::Timestamp::now();
    let seconds = |ago: i64| {
        let then = now.checked_sub(jiff::SignedDuration::from_secs(ago));
        then.unwrap().to_string()
    };
    let good = digest_token("nonce-1", &seconds(2), "s3cret");
    assert_eq!(ping(&caller, &good).await.status, StatusCode::OK);
    let replayed = ping(&caller, &good).await;
    replayed.fault("FAILED_AUTHENTICATION");
    assert!(replayed.one("faultstring").contains("nonce"));
    for header in [
        digest_token("nonce-2", &seconds(2), "wrong"),
        digest_token("nonce-3", &seconds(400), "s3cret"),
        digest_token("nonce-4", "yesterday", "s3cret"),
        token("backhaul", "PasswordText", "s3cret", ""),
    ] {
        ping(&caller, &header).await.fault("FAILED_AUTHENTICATION");
    }
    let expired = format!(
        "<u:Timestamp><u:Expires>{}</u:Expires></u:Timestamp><s:UsernameToken>",
        seconds(1)
    );
    let header = digest_token("nonce-5", &seconds(2), "s3cret");
    let header = header.replace("<s:UsernameToken>", &expired);
    ping(&caller, &header).await.fault("FAILED_AUTHENTICATION");
}
