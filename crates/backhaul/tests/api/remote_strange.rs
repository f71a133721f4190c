//! The commands against a sidecar that says what it should not, or is none.

use crate::remote::{done, run, run_at};
use crate::support::Bench;

/// What a partner wrote does not steer the terminal, however it is looked at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_partners_wrote_does_not_steer_the_terminal() {
    let bench = Bench::new().await;
    let sent = "\u{1b}[2Jno JSON \u{202e}gnihton";
    let id = bench.garbage(sent).await;
    for args in [
        &["exception", "show", &id][..],
        &["exception", "show", &id, "--json"],
        &["exception", "list"],
        &["exception", "rerun", "--dry-run"],
    ] {
        let said = run(&bench, "boss", args).await;
        assert_eq!(said.code, 0, "{args:?}: {}", said.err);
        assert!(
            !said.out.contains(['\u{1b}', '\u{202e}']),
            "{args:?}: {:?}",
            said.out
        );
    }
    let shown = done(&bench, "boss", &["exception", "show", &id]).await;
    assert!(
        shown.contains("\\u{1b}[2Jno JSON \\u{202e}gnihton"),
        "{shown}"
    );
    let json = run(&bench, "boss", &["exception", "show", &id, "--json"]).await;
    assert_eq!(json.json()["raw_text"], sent);
    let raw = done(&bench, "boss", &["exception", "show", &id, "--raw"]).await;
    assert_eq!(raw, sent);
    // One that there is not is said so, beside one that there is.
    let both = ["exception", "replay", "--dry-run", &id, "NONE"];
    let both = run(&bench, "boss", &both).await;
    assert_eq!(both.code, 3, "{}", both.err);
    assert!(
        both.out.contains("there is no exception \"NONE\""),
        "{}",
        both.out
    );
    let still = done(&bench, "boss", &["exception", "rerun", "--dry-run"]).await;
    assert!(still.contains("still wrong"), "{still}");
    assert!(bench.running.stop().await);
}

/// Answers everything with that, as if it were the API.
async fn impostor(answer: &'static str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0_u8; 4096];
            let read = stream.read(&mut asked).await;
            assert!(read.is_ok());
            let length = answer.len();
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
            stream
                .write_all(format!("{head}{answer}").as_bytes())
                .await
                .ok();
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_no_sidecar_is_not_believed() {
    for answer in [
        "null",
        "[1,2]",
        "{}",
        "<html>",
        "{\"items\":[1]}",
        "{\"items\":{}}",
    ] {
        let url = impostor(answer).await;
        for args in [
            &["return", "list"][..],
            &["return", "show", "x"],
            &["exception", "groups"],
            &["exception", "show", "x"],
            &["exception", "discard", "x", "--reason", "r"],
            &[
                "exception",
                "confirm",
                "x",
                "--document",
                "D",
                "--reason",
                "r",
            ],
            &["exception", "rerun", "--dry-run"],
            &["return", "hold", "x", "--flag", "FRAUD"],
            &[
                "return",
                "reverse-credit",
                "x",
                "--memo",
                "M",
                "--reason",
                "r",
            ],
            &["replay", "show", "x"],
            &["approval", "approve", "x"],
            &["reconcile", "list"],
            &["reconcile", "sign-off", "x"],
            &["audit", "verify"],
            &["metrics"],
        ] {
            let ended = run_at(&url, "boss", args).await;
            assert!(
                (1..=3).contains(&ended.code),
                "{args:?} {answer}: {}",
                ended.err
            );
            assert_eq!(ended.out, "", "{args:?} {answer}");
        }
    }
    // Nor is whoever says too much.
    let url = impostor(Box::leak("x".repeat(65 * 1024 * 1024).into_boxed_str())).await;
    let ended = run_at(&url, "boss", &["return", "list"]).await;
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(ended.err.contains("more than 64 MiB"), "{}", ended.err);
    // A list that never ends is left.
    let url = impostor("{\"items\":[{\"return_id\":\"a\"}],\"next\":\"same\"}").await;
    let ended = run_at(&url, "boss", &["return", "list", "--limit", "0"]).await;
    assert_eq!(ended.code, 1, "{}", ended.err);
}
