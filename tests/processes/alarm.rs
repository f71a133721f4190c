//! RabbitMQ keeps publishers out for a long time: what waits in its queues is taken from it all the same, so that a broker
//! that is full of messages gets empty, and its alarm ends.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use testkit::rabbit::{Rabbit, WATERMARK};

/// Longer than a sidecar waits for the end of an alarm.
const LONG: Duration = Duration::from_mins(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_under_alarm_is_emptied() {
    let rabbit = Rabbit::start_own().await.unwrap();
    let url = rabbit.vhost("alarm").await.unwrap();
    let vhost = url.rsplit('/').next().unwrap().to_owned();
    let child = Command::new(env!("CARGO_BIN_EXE_product"))
        .args(["demo", "--once", "--json", "--returns", "400"])
        .args(["--broker", &url])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let full = tests::until("a queue with messages", LONG, || async {
        (in_router_queue(&rabbit, &vhost).await? > 20).then_some(())
    });
    full.await.unwrap();
    watermark(&rabbit, "1MB").await;
    let emptied = tests::until("an empty queue", LONG, || async {
        (in_router_queue(&rabbit, &vhost).await? == 0).then_some(())
    });
    let emptied = emptied.await;
    let alarms = rabbit.ctl(&["list_connections", "state"]).await.unwrap();
    watermark(&rabbit, WATERMARK).await;
    assert!(emptied.is_ok(), "{emptied:?}");
    assert!(alarms.contains("block"), "the alarm lasted: {alarms}");
    let output = tokio::task::spawn_blocking(|| child.wait_with_output());
    let output = output.await.unwrap().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    let result: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(result["returns"], 400);
    for check in result["checks"].as_array().unwrap() {
        let seen = (&check["lost"], &check["doubled"]);
        assert_eq!(seen, (&Value::from(0), &Value::from(0)), "{check}");
    }
}

async fn watermark(rabbit: &Rabbit, bytes: &str) {
    let words = ["set_vm_memory_high_watermark", "absolute", bytes];
    rabbit.ctl(&words).await.unwrap();
}

/// Messages that wait or are under way in the router's queue; none if that cannot be told.
async fn in_router_queue(rabbit: &Rabbit, vhost: &str) -> Option<u64> {
    let words = ["list_queues", "-p", vhost, "name", "messages"];
    let told = rabbit.ctl(&words).await.ok()?;
    let mut rows = told.lines().filter_map(|row| row.split_once('\t'));
    let (_, count) = rows.find(|(name, _)| *name == "returns.router")?;
    count.trim().parse().ok()
}
