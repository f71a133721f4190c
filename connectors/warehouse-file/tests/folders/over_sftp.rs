//! The same over SFTP, against OpenSSH: a server that goes away in the middle, and one that does not know us.

use std::time::{Duration, Instant};

use connector::{FailureKind, Found, Settlement};
use testkit::sshd::{self, Sshd};

use crate::conformance::announcement;
use crate::support::{Place, file, settings};

async fn server() -> Option<Sshd> {
    if let Err(why) = sshd::available() {
        println!("left out: {why}");
        return None;
    }
    Some(Sshd::start().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_loses_nothing() {
    let Some(server) = server().await else {
        return;
    };
    let place = Place::new();
    let mut block = settings(place.folder.path(), "acknowledge = true");
    let mut mailbox = server.options().unwrap();
    mailbox.insert("stable_for".to_owned(), "0s".into());
    block.table.insert("mailbox".to_owned(), mailbox.into());
    let mut running = place.start_with(&block);
    let sink = running.0.sink.clone().unwrap();
    assert!(!sink.probe().await.unwrap().is_empty());

    let command = announcement();
    assert_eq!(running.find(&command).await.unwrap(), Found::Nothing);
    assert!(!running.send(&command).await.unwrap().duplicate);
    let root = server.folder();
    let asn = root.join(format!("out/{}.asn", command.effect_key));
    assert!(
        std::fs::read_to_string(&asn)
            .unwrap()
            .starts_with("ASNHDR^DC-WEST^RMA-1001^")
    );

    std::fs::create_dir_all(root.join("in")).unwrap();
    std::fs::write(root.join("in/a.rtn"), file("K1", &["1^SKU-1^^3"])).unwrap();
    let inbound = running.next().await;
    server.kill().await.unwrap();
    let failure = running
        .settle(&inbound, Settlement::Stored)
        .await
        .unwrap_err();
    assert!(failure.code.starts_with("warehouse-file."), "{failure}");
    let lost = running.find(&command).await.unwrap_err();
    assert_eq!(lost.kind, FailureKind::Unavailable);

    server.restart().await.unwrap();
    let started = Instant::now();
    while !root.join("done/a.rtn").exists() {
        assert!(started.elapsed().as_secs() < 20, "it is not ended");
        let source = running.0.source.as_mut().unwrap();
        let next = tokio::time::timeout(Duration::from_millis(500), source.next());
        if let Ok(Ok(inbound)) = next.await {
            panic!("unexpected: {inbound:?}");
        }
    }
    let answer = std::fs::read_to_string(root.join("out/a.rtn.ack")).unwrap();
    assert!(answer.starts_with("RTNACK^a.rtn^accepted^1^0"), "{answer}");
    assert!(running.send(&command).await.unwrap().duplicate);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_know_us_is_a_matter_of_configuration() {
    let Some(server) = server().await else {
        return;
    };
    let place = Place::new();
    let mut block = settings(place.folder.path(), "");
    let mut mailbox = server.options().unwrap();
    let stranger = server.stranger_key_file().display().to_string();
    mailbox.insert("key_file".to_owned(), stranger.into());
    block.table.insert("mailbox".to_owned(), mailbox.into());
    let running = place.start_with(&block);
    let failure = running.send(&announcement()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Misconfigured, "{failure}");
    assert_eq!(failure.code, "warehouse-file.misconfigured");
}
