//! The WMS keeps its wire: announcements, notifications, signed webhooks in three dialects, faults of sending.

use std::collections::BTreeMap;

use crate::support;
use crate::support::{Receiver, asn, client, until};
use http::StatusCode;
use reqwest::Response;
use serde_json::{Value, json};
use simulators::emit::Outcome;
use simulators::faults::{Fault, Rule};
use simulators::signature;
use simulators::wms::{Config, Dialect, DuplicateAsn, Story, WmsSim};
use simulators::{Decimal, faults};

const SECRET: &str = "wms-s3cret";

fn quick() -> Config {
    Config {
        pace_ms: 1,
        story: Some(Story::AllGood),
        ..Config::default()
    }
}

async fn post(wms: &WmsSim, path: &str, body: &Value) -> reqwest::Result<Response> {
    client()
        .post(format!("{}{path}", wms.url()))
        .json(body)
        .send()
        .await
}

async fn get(wms: &WmsSim, path: &str) -> Value {
    let answer = client()
        .get(format!("{}{path}", wms.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.json().await.unwrap()
}

/// Announces one return and waits until its story was told.
async fn played(config: Config) -> (WmsSim, Receiver) {
    played_with(config, &[], None).await
}

async fn played_with(
    config: Config,
    statuses: &[StatusCode],
    fault: Option<Rule>,
) -> (WmsSim, Receiver) {
    let receiver = Receiver::start(statuses).await;
    let wms = WmsSim::start(config).await.unwrap();
    wms.aim(receiver.url.clone());
    if let Some(fault) = fault {
        wms.faults().add(fault);
    }
    assert_eq!(
        post(&wms, "/asn", &asn("R1")).await.unwrap().status(),
        StatusCode::CREATED
    );
    until("the story is told", || wms.is_idle()).await;
    (wms, receiver)
}

fn types(receiver: &Receiver) -> Vec<String> {
    let of = |arrived: support::Arrived| arrived.json()["type"].as_str().unwrap().to_owned();
    receiver.arrived().into_iter().map(of).collect()
}

#[tokio::test]
async fn a_whole_return_is_told_signed_and_in_order() {
    let (wms, receiver) = played(quick()).await;
    let told = [
        "receipt.created",
        "inspection.finalized",
        "disposition.decided",
    ];
    assert_eq!(types(&receiver), told);
    for (nth, arrived) in receiver.arrived().iter().enumerate() {
        assert!(signature::verify(
            SECRET.as_bytes(),
            &arrived.body,
            &arrived.signature
        ));
        let event = arrived.json();
        assert_eq!(event["sequence"], nth + 1);
        assert_eq!(event["asnReference"], "key-R1");
        assert_eq!(event["lines"][0]["qty"], "3");
    }
    let ledger = wms.ledger();
    assert_eq!(ledger.events_that(Outcome::Acknowledged), 3);
    let row = &ledger.stock[0];
    assert_eq!(
        (row.received, row.inspected),
        (Decimal::new(3, 0), Decimal::new(3, 0))
    );
    assert_eq!(
        row.disposed,
        BTreeMap::from([("restock", Decimal::new(3, 0))])
    );
    assert_eq!(get(&wms, "/asn/R1").await["status"], "completed");
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story() {
    let ids = |receiver: Receiver| {
        let of =
            |arrived: support::Arrived| (arrived.id.clone(), arrived.json()["eventId"].clone());
        receiver.arrived().into_iter().map(of).collect::<Vec<_>>()
    };
    let drawn = || Config {
        story: None,
        seed: 5,
        ..quick()
    };
    let (first, second) = (played(drawn()).await.1, played(drawn()).await.1);
    assert_eq!(ids(first), ids(second));
}

#[tokio::test]
async fn it_sends_again_until_it_is_taken_and_gives_up_when_refused() {
    let statuses = [503, 429, 408, 200, 422].map(|code| StatusCode::from_u16(code).unwrap());
    let (wms, receiver) = played_with(quick(), &statuses, None).await;
    let arrived = receiver.arrived();
    assert_eq!(arrived.len(), 6, "four times the receipt, then one each");
    assert!(arrived[..4].iter().all(|again| again.id == arrived[0].id));
    let outcomes: Vec<_> = wms
        .ledger()
        .events
        .iter()
        .map(|event| (event.outcome, event.attempts))
        .collect();
    let (taken, refused) = (Outcome::Acknowledged, Outcome::Refused);
    assert_eq!(outcomes, [(taken, 4), (refused, 1), (taken, 1)]);
}

#[tokio::test]
async fn snapshots_are_cumulative() {
    let config = Config {
        dialect: Dialect::Snapshot,
        story: Some(Story::InTwoParts),
        ..quick()
    };
    let (_wms, receiver) = played(config).await;
    let received: Vec<i64> = receiver
        .arrived()
        .iter()
        .map(|arrived| {
            arrived.json()["items"][0]["quantity_received"]
                .as_i64()
                .unwrap()
        })
        .collect();
    assert_eq!(received, [1, 1, 1, 3, 3, 3]);
    let last = receiver.arrived().last().unwrap().json();
    assert_eq!(
        (&last["version"], &last["items"][0]["restock"]),
        (&json!(6), &json!(3))
    );
}

#[tokio::test]
async fn notify_says_little_and_the_truth_is_fetched() {
    let (wms, receiver) = played(Config {
        dialect: Dialect::Notify,
        ..quick()
    })
    .await;
    let note = receiver.arrived()[0].json();
    let expected = ["event", "id", "rma", "warehouse"];
    let mut members: Vec<_> = note.as_object().unwrap().keys().cloned().collect();
    members.sort_unstable();
    assert_eq!(members, expected);
    let truth = get(&wms, "/returns/R1").await;
    let events = truth["events"].as_array().unwrap();
    assert_eq!(events.len(), 3);
    assert_eq!(events[0]["eventId"], note["id"]);
}

#[tokio::test]
async fn the_inspection_can_come_before_its_receipt() {
    let config = Config {
        story: Some(Story::InspectionFirst),
        ..quick()
    };
    let (_wms, receiver) = played(config).await;
    let told = [
        "inspection.finalized",
        "receipt.created",
        "disposition.decided",
    ];
    assert_eq!(types(&receiver), told);
    assert_eq!(receiver.arrived()[0].json()["sequence"], 2);
}

#[tokio::test]
async fn duplicates_are_the_same_body_again() {
    let rule = Rule::times(Fault::Duplicate, 3).on("EMIT");
    let (wms, receiver) = played_with(quick(), &[], Some(rule)).await;
    let mut bodies: BTreeMap<String, usize> = BTreeMap::new();
    for arrived in receiver.arrived() {
        *bodies
            .entry(arrived.json()["eventId"].to_string())
            .or_default() += 1;
    }
    assert_eq!(bodies.len(), 3);
    assert!(
        bodies.values().all(|times| (2..=3).contains(times)),
        "{bodies:?}"
    );
    assert_eq!(
        wms.ledger().stock[0].received,
        Decimal::new(3, 0),
        "received once all the same"
    );
}

#[tokio::test]
async fn reordered_events_all_arrive_in_another_order() {
    let orders = (0..6).map(|seed| async move {
        let rule = Rule::once(Fault::Reorder).on("EMIT");
        let config = Config {
            seed,
            story: Some(Story::InTwoParts),
            ..quick()
        };
        let (_wms, receiver) = played_with(config, &[], Some(rule)).await;
        let of = |arrived: support::Arrived| arrived.json()["sequence"].as_u64().unwrap();
        receiver.arrived().into_iter().map(of).collect::<Vec<_>>()
    });
    let mut shuffled = 0;
    for order in orders {
        let mut order = order.await;
        shuffled += usize::from(order != [1, 2, 3, 4, 5, 6]);
        order.sort_unstable();
        assert_eq!(order, [1, 2, 3, 4, 5, 6]);
    }
    assert!(shuffled >= 5);
}

#[tokio::test]
async fn garbage_comes_besides_the_right_messages() {
    let rule = Rule::once(Fault::Garbage).on("EMIT");
    let (wms, receiver) = played_with(quick(), &[], Some(rule)).await;
    let arrived = receiver.arrived();
    assert_eq!(arrived.len(), 6);
    assert!(serde_json::from_slice::<Value>(&arrived[0].body).is_err());
    let genuine =
        |one: &support::Arrived| signature::verify(SECRET.as_bytes(), &one.body, &one.signature);
    assert!(genuine(&arrived[0]) && !genuine(&arrived[1]) && genuine(&arrived[2]));
    assert_eq!(arrived[2].json()["occurredAt"], "2026-02-31T25:61:00Z");
    assert_eq!(
        arrived[3].json()["type"],
        "receipt.created",
        "the right one"
    );
    let ledger = wms.ledger();
    assert_eq!(
        ledger.events.iter().filter(|event| event.garbage).count(),
        3
    );
    assert_eq!(ledger.events_that(Outcome::Acknowledged), 3);
}

#[tokio::test]
async fn an_asn_is_kept_once_doubled_or_refused_as_configured() {
    let idle = |duplicate_asn| Config {
        autoplay: false,
        duplicate_asn,
        ..quick()
    };
    for (guard, status, kept) in [
        (DuplicateAsn::Return, 200, 1),
        (DuplicateAsn::Conflict, 409, 1),
        (DuplicateAsn::Accept, 201, 2),
    ] {
        let wms = WmsSim::start(idle(guard)).await.unwrap();
        assert_eq!(
            post(&wms, "/asn", &asn("R1")).await.unwrap().status(),
            StatusCode::CREATED
        );
        let again = post(&wms, "/asn", &asn("R1")).await.unwrap();
        assert_eq!(again.status().as_u16(), status);
        let ledger = wms.ledger();
        assert_eq!(ledger.announced("key-R1"), kept);
        assert_eq!(ledger.duplicates.len(), kept - 1);
        let found = get(&wms, "/asn?externalReference=key-R1").await;
        assert_eq!(found["value"].as_array().unwrap().len(), kept);
    }
}

#[tokio::test]
async fn a_lost_answer_to_an_asn_can_be_looked_up() {
    let wms = WmsSim::start(Config {
        autoplay: false,
        ..quick()
    })
    .await
    .unwrap();
    wms.faults().add(
        Rule::once(Fault::CommitThenDrop)
            .on("POST /asn")
            .key("key-R1"),
    );
    assert!(post(&wms, "/asn", &asn("R1")).await.is_err());
    let found = get(&wms, "/asn?externalReference=key-R1").await;
    assert_eq!(found["value"][0]["rmaNumber"], "R1");
    let none = get(&wms, "/asn?externalReference=other").await;
    assert_eq!(none["value"], json!([]));
}

#[tokio::test]
async fn an_asn_can_be_called_off_until_goods_arrive() {
    let wms = WmsSim::start(Config {
        autoplay: false,
        ..quick()
    })
    .await
    .unwrap();
    for rma in ["R1", "R2"] {
        assert!(
            post(&wms, "/asn", &asn(rma))
                .await
                .unwrap()
                .status()
                .is_success()
        );
    }
    let order = json!({"externalReference": "off-1", "reason": "customer kept it"});
    let cancel = |rma: &'static str| {
        let (wms, order) = (&wms, &order);
        async move {
            post(wms, &format!("/asn/{rma}/cancel"), order)
                .await
                .unwrap()
        }
    };
    assert_eq!(
        cancel("R1").await.json::<Value>().await.unwrap()["status"],
        "cancelled"
    );
    assert_eq!(cancel("R1").await.headers()["x-duplicate"], "true");
    assert_eq!(cancel("R9").await.status(), StatusCode::NOT_FOUND);
    let found = get(&wms, "/asn?cancelReference=off-1").await;
    assert_eq!(found["value"].as_array().unwrap().len(), 1);
    assert!(!wms.play("R1"), "nothing comes after a cancellation");
    assert!(wms.play("R2"));
    until("R2 was played", || wms.is_idle()).await;
    assert_eq!(cancel("R2").await.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn notifications_are_kept_once_per_key() {
    let wms = WmsSim::start(quick()).await.unwrap();
    let mut note = json!({"key": "n1", "recipient": "C1", "milestone": "credited"});
    let send = |note: Value| {
        let wms = &wms;
        async move {
            post(wms, "/notifications", &note)
                .await
                .unwrap()
                .status()
                .as_u16()
        }
    };
    assert_eq!(send(note.clone()).await, 201);
    assert_eq!(send(note.clone()).await, 200);
    note["milestone"] = "declined".into();
    assert_eq!(send(note).await, 409);
    assert_eq!(send(json!({"recipient": "C1"})).await, 400);
    let found = get(&wms, "/notifications?key=n1").await;
    assert_eq!(found["value"][0]["milestone"], "credited");
    let ledger = wms.ledger();
    assert_eq!(
        (ledger.notifications.len(), ledger.notification_duplicates),
        (1, 2)
    );
}

#[tokio::test]
async fn a_key_is_demanded_but_not_at_the_back_doors() {
    let config = Config {
        api_key: Some("k3y".into()),
        ..quick()
    };
    let wms = WmsSim::start(config).await.unwrap();
    let refused = post(&wms, "/asn", &asn("R1")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let known = client()
        .post(format!("{}/asn", wms.url()))
        .header("x-api-key", "k3y");
    let taken = known.json(&asn("R1")).send().await.unwrap();
    assert_eq!(taken.status(), StatusCode::CREATED);
    assert_eq!(get(&wms, "/__ledger").await["asns"][0]["rmaNumber"], "R1");
    wms.shutdown().await;
}

/// Whether the announcement was answered with an ASN.
async fn announced(wms: &WmsSim, body: &Value) -> bool {
    let Ok(answer) = post(wms, "/asn", body).await else {
        return false;
    };
    answer.status().is_success() && answer.json::<Value>().await.is_ok()
}

#[tokio::test]
async fn every_story_ends_with_everything_acknowledged_even_in_heavy_weather() {
    let receiver = Receiver::start(&[]).await;
    let config = Config {
        story: None,
        faults: faults::Preset::Heavy.rules(3),
        ..quick()
    };
    let wms = WmsSim::start(config).await.unwrap();
    wms.aim(receiver.url.clone());
    for number in 0..40 {
        let body = asn(&format!("R{number}"));
        let mut attempts = 0;
        while !announced(&wms, &body).await {
            attempts += 1;
            assert!(attempts <= 5, "R{number} does not get through");
        }
    }
    until("all is told", || wms.is_idle()).await;
    let ledger = wms.ledger();
    assert_eq!(ledger.asns.len(), 40);
    assert_eq!(
        ledger.events_that(Outcome::Refused) + ledger.events_that(Outcome::Abandoned),
        0
    );
    for row in &ledger.stock {
        let decided = Decimal::sum(row.disposed.values().copied());
        assert_eq!(
            (row.inspected, decided),
            (row.received, row.received),
            "{row:?}"
        );
    }
    assert!(
        ledger.events.len() > 120,
        "duplicates and rubbish are on record too"
    );
}
