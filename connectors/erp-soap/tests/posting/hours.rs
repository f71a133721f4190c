//! An ERP that takes documents at certain hours only.

use connector::{FailureKind, Found};
use simulators::erp_soap::{Closed, Config, Window};

use crate::support::{Desk, command};

/// Windows that are shut now, whenever this runs: two hours that end an hour ago.
fn shut() -> String {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let at = |hours: i64| {
        let then = &now - jiff::Span::new().hours(hours);
        then.strftime("%H:%M").to_string()
    };
    format!("windows = [\"{}-{}\"]\n", at(3), at(1))
}

#[tokio::test]
async fn outside_of_its_hours_nothing_is_sent_and_the_wait_is_told() {
    let desk = Desk::with(Config::default(), &shut()).await;
    let command = command("basic");
    let failure = desk.send(&command).await.unwrap_err();
    let FailureKind::Throttled {
        retry_after: Some(wait),
    } = failure.kind
    else {
        panic!("{failure}")
    };
    assert_eq!(failure.code, "erp-soap.closed");
    let hours = wait.as_secs() / 3600;
    assert!((20..=21).contains(&hours), "{wait:?}");
    // Looking is possible at any time.
    assert_eq!(desk.find(&command).await.unwrap(), Found::Nothing);
    assert_eq!(desk.documents(&command), 0);
}

#[tokio::test]
async fn look_ups_wait_too_where_the_block_says_so() {
    let more = format!("{}windows_for = \"everything\"", shut());
    let desk = Desk::with(Config::default(), &more).await;
    let failure = desk.find(&command("basic")).await.unwrap_err();
    assert_eq!(failure.code, "erp-soap.closed");
}

#[tokio::test]
async fn an_erp_that_shuts_before_we_knew_did_nothing() {
    for (says, trust, kind) in [
        (Closed::Fault, "", "unavailable"),
        (Closed::Unavailable, "", "in-doubt"),
        (Closed::Unavailable, "adjust.trust_503 = true", "throttled"),
    ] {
        let window = Window {
            opens_for_ms: 0,
            closed_for_ms: 60_000,
            says,
        };
        let config = Config {
            window: Some(window),
            look_ups_when_closed: true,
            ..Config::default()
        };
        let desk = Desk::with(config, trust).await;
        let command = command("basic");
        let failure = desk.send(&command).await.unwrap_err();
        assert_eq!(failure.kind.name(), kind, "{says:?} {trust}: {failure}");
        assert_eq!(desk.find(&command).await.unwrap(), Found::Nothing);
        assert_eq!(desk.documents(&command), 0);
        assert!(desk.clerk.sink().probe().await.is_ok());
    }
}

#[tokio::test]
async fn one_session_at_a_time_is_busy_and_nothing_was_done() {
    let config = Config {
        one_session: true,
        processing_ms: 300,
        ..Config::default()
    };
    let desk = Desk::with(config, "").await;
    let (first, second) = (command("basic"), command("return-order"));
    let (one, two) = tokio::join!(desk.send(&first), desk.send(&second));
    let (failure, late) = match (one, two) {
        (Ok(_), Err(failure)) => (failure, &second),
        (Err(failure), Ok(_)) => (failure, &first),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Unavailable, "erp-soap.busy")
    );
    assert_eq!(desk.documents(late), 0);
    desk.send(late).await.unwrap();
}
