//! Tokens that run out, wrong secrets, tokens against forged requests.

use connector::FailureKind;
use simulators::erp::{Auth, Config, ErpSim, Profile};
use tokio_util::sync::CancellationToken;

use crate::support::{Desk, another, block, built, command};

fn short_lived(lifetime_ms: u64) -> Config {
    Config {
        auth: Auth::ClientCredentials {
            client_id: "backhaul".to_owned(),
            client_secret: "s3cret".to_owned(),
            lifetime_ms,
        },
        ..Profile::DraftAndPost.config()
    }
}

#[tokio::test]
async fn a_token_is_renewed_when_it_runs_out() {
    // Shorter than a second: the ERP says 0 seconds, and every request may meet a token that ended on its way.
    let desk = Desk::with(short_lived(40), "").await;
    for n in 0..8 {
        let command = another("return-order", &n.to_string());
        desk.send(&command).await.unwrap();
        assert_eq!(desk.documents(&command).0, 1);
        tokio::time::sleep(std::time::Duration::from_millis(15)).await;
    }
}

#[tokio::test]
async fn a_token_that_the_erp_forgot_is_renewed_once() {
    let config = Profile::DraftAndPost.config();
    let erp = ErpSim::start(config.clone()).await.unwrap();
    let (address, sink) = (erp.addr(), built(&block(&erp.url(), &config, "")));
    let sink = sink.sink.as_deref().unwrap();
    sink.probe().await.unwrap();
    erp.shutdown().await;
    // The same ERP after a restart: it knows no token of before.
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let cancel = CancellationToken::new();
    let server = tokio::spawn(simulators::erp::serve(config, listener, cancel.clone()));
    assert!(sink.probe().await.unwrap().contains("look-up only"));
    cancel.cancel();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_wrong_secret_is_misconfigured() {
    for profile in [Profile::DraftAndPost, Profile::Gateway] {
        let desk = Desk::of(profile).await;
        let mut wrong = profile.config();
        wrong.auth = match wrong.auth {
            Auth::ApiKey(_) => Auth::ApiKey("other".to_owned()),
            Auth::ClientCredentials {
                client_id,
                lifetime_ms,
                ..
            } => Auth::ClientCredentials {
                client_id,
                client_secret: "other".to_owned(),
                lifetime_ms,
            },
            Auth::None => Auth::None,
        };
        let wrong = Desk {
            built: built(&block(&desk.erp.url(), &wrong, "")),
            erp: desk.erp,
        };
        let command = command("basic");
        for failure in [
            wrong.send(&command).await.unwrap_err(),
            wrong.find(&command).await.unwrap_err(),
            wrong.sink().probe().await.unwrap_err(),
        ] {
            assert_eq!(
                (failure.kind, failure.code),
                (FailureKind::Misconfigured, "erp-rest.unauthorized")
            );
        }
        assert_eq!(wrong.documents(&command).0, 0);
    }
}

#[tokio::test]
async fn a_token_against_forged_requests_is_fetched_and_fetched_again() {
    let config = Config {
        csrf_lifetime_ms: Some(30),
        ..Profile::Gateway.config()
    };
    let more = "adjust.guard = { kind = \"idempotency-header\", headers = { Idempotency-Key = \"{key}\" } }\n\
                adjust.csrf.path = \"/csrf\"";
    let desk = Desk::with(config, more).await;
    for n in 0..4 {
        let command = another("basic", &n.to_string());
        desk.send(&command).await.unwrap();
        assert_eq!(desk.documents(&command).0, 1);
        tokio::time::sleep(std::time::Duration::from_millis(40)).await;
    }
}

#[tokio::test]
async fn a_profile_that_does_not_know_of_the_token_is_misconfigured() {
    let more = "adjust.guard = { kind = \"idempotency-header\", headers = { Idempotency-Key = \"{key}\" } }";
    let desk = Desk::with(Profile::Gateway.config(), more).await;
    let failure = desk.send(&command("basic")).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Misconfigured, "erp-rest.forbidden")
    );
}
