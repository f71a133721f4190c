//! What `backhaul topology` prints is what a real RabbitMQ has after the sidecar declared it.

use std::process::Command;

use broker::{Broker as _, Rabbit, RabbitConfig};
use serde_json::Value;

fn printed(folder: &std::path::Path) -> Value {
    let config =
        "[connectors.erp-us]\ntype = \"erp-rest\"\n[connectors.wms-east]\ntype = \"wms-json\"\n";
    std::fs::write(folder.join("backhaul.toml"), config).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_backhaul"))
        .args(["topology", "--json"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn printed_and_declared_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let printed = printed(folder.path());
    let rabbit = testkit::rabbit::Rabbit::shared().await.unwrap();
    let url = rabbit.vhost("topology").await.unwrap();
    let vhost = url.rsplit('/').next().unwrap().to_owned();
    let broker = Rabbit::start(RabbitConfig::new(url.clone())).unwrap();
    let names = ["erp-us".to_owned(), "wms-east".to_owned()];
    broker
        .declare(&router::wire::topology(&names, &[], 20))
        .await
        .unwrap();

    let queues = rabbit
        .api("GET", &format!("/api/queues/{vhost}"), "")
        .await
        .unwrap();
    let declared: Value = serde_json::from_str(&queues).unwrap();
    let declared = declared.as_array().unwrap();
    let printed_queues = printed["queues"].as_array().unwrap();
    assert_eq!(declared.len(), printed_queues.len());
    for queue in printed_queues {
        let found = declared
            .iter()
            .find(|d| d["name"] == queue["name"])
            .unwrap();
        assert_eq!(found["arguments"], queue["arguments"], "{}", queue["name"]);
    }

    let exchanges = rabbit
        .api("GET", &format!("/api/exchanges/{vhost}"), "")
        .await
        .unwrap();
    let declared: Value = serde_json::from_str(&exchanges).unwrap();
    let ours: Vec<&Value> = declared
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| {
            e["name"]
                .as_str()
                .is_some_and(|name| name.starts_with("returns."))
        })
        .collect();
    assert_eq!(ours.len(), printed["exchanges"].as_array().unwrap().len());
    for exchange in ours {
        assert!(
            printed["exchanges"]
                .as_array()
                .unwrap()
                .iter()
                .any(|p| p["name"] == exchange["name"])
        );
    }

    let bindings = rabbit
        .api("GET", &format!("/api/bindings/{vhost}"), "")
        .await
        .unwrap();
    let declared: Value = serde_json::from_str(&bindings).unwrap();
    for queue in printed_queues {
        for binding in queue["bindings"].as_array().unwrap() {
            let is_there = declared.as_array().unwrap().iter().any(|d| {
                d["destination"] == queue["name"]
                    && d["source"] == binding["exchange"]
                    && d["routing_key"] == binding["key"]
            });
            assert!(is_there, "{} is not bound by {binding}", queue["name"]);
        }
    }
    broker.close().await;
}
