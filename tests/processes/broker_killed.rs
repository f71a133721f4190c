//! The broker is killed in the middle of the demo, and started again: nothing is lost, nothing doubled.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use testkit::rabbit::Rabbit;

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_is_killed_and_comes_back() {
    let rabbit = Rabbit::start_own().await.unwrap();
    let url = rabbit.vhost("killed").await.unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_product"))
        .args([
            "demo",
            "--once",
            "--json",
            "--returns",
            "300",
            "--faults",
            "some",
            "--broker",
            &url,
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let vhost = url.rsplit('/').next().unwrap().to_owned();
    let mut kills = 0;
    for delivered in [200, 300] {
        until_delivered(&rabbit, &vhost, delivered).await;
        rabbit.kill().await.unwrap();
        kills += 1;
        rabbit.restart().await.unwrap();
    }
    let output = tokio::task::spawn_blocking(|| child.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    let result: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(kills, 2);
    assert_eq!(result["returns"], 300);
    for check in result["checks"].as_array().unwrap() {
        assert_eq!(
            (&check["lost"], &check["doubled"]),
            (&Value::from(0), &Value::from(0)),
            "{check}"
        );
    }
}

/// Waits until the broker has taken in so many messages since it started: the demo is in full swing.
async fn until_delivered(rabbit: &Rabbit, vhost: &str, messages: u64) {
    let seen = tests::until("traffic on the broker", Duration::from_mins(2), || async {
        let overview = rabbit
            .api("GET", &format!("/api/vhosts/{vhost}"), "")
            .await
            .ok()?;
        let overview: Value = serde_json::from_str(&overview).ok()?;
        let published = overview["message_stats"]["publish"].as_u64()?;
        (published >= messages).then_some(published)
    })
    .await;
    // A demo that is faster than the broker's statistics has ended: then there is nothing to kill.
    assert!(seen.is_ok(), "{seen:?}");
}
