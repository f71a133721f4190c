//! `backhaul doctor` before a real RabbitMQ, a real PostgreSQL and a simulated ERP.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use simulators::erp::{Config, ErpSim};

async fn doctor(folder: &Path, config: &str) -> (i32, Value) {
    std::fs::write(folder.join("backhaul.toml"), config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_backhaul"));
    command
        .args(["doctor", "--json"])
        .current_dir(folder)
        .env_remove("BACKHAUL_CONFIG");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let json = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}\n{errors}"));
    (output.status.code().unwrap(), json)
}

#[track_caller]
fn says(report: &Value, subject: &str) -> (bool, String) {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["subject"] == subject);
    let check = check.unwrap_or_else(|| panic!("nothing about {subject}: {report}"));
    (
        check["well"].as_bool().unwrap(),
        check["says"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_reached_and_what_is_wrong_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let rabbit = testkit::rabbit::Rabbit::shared().await.unwrap();
    let broker = rabbit.vhost("doctor").await.unwrap();
    let postgres = testkit::postgres::Postgres::shared().await.unwrap();
    let store = postgres.database("doctor").await.unwrap();
    let erp = ErpSim::start(Config::default()).await.unwrap();
    let config = format!(
        "[broker]\nurl = \"{broker}\"\n[store]\nurl = \"{store}\"\n\
         [router]\ndelivery_limit = 20\n\
         [connectors.erp-us]\ntype = \"erp-rest\"\nbase_url = \"{}\"\nprofile = \"sim\"\n\
         [connectors.erp-us.auth]\nkind = \"client-credentials\"\ntoken_url = \"/oauth/token\"\n\
         client_id = \"backhaul\"\nclient_secret = \"s3cret\"\n\
         [[routes]]\nkinds = [\"ERP_CREDIT_MEMO\"]\nconnector = \"erp-us\"\n",
        erp.url()
    );

    let (code, report) = doctor(folder.path(), &config).await;
    assert_eq!(code, 0, "{report:#}");
    assert!(says(&report, "broker").1.contains("RabbitMQ"));
    assert!(says(&report, "store").1.contains("PostgreSQL"));
    assert!(says(&report, "queues").0);
    assert!(says(&report, "connector erp-us").1.contains("look-up only"));
    assert!(says(&report, "clock").0);

    let wrong = config.replace("s3cret", "other");
    let (code, report) = doctor(folder.path(), &wrong).await;
    assert_eq!(code, 2);
    assert!(!says(&report, "connector erp-us").0);
    assert!(says(&report, "broker").0);

    let wrong = config.replace("delivery_limit = 20", "delivery_limit = 21");
    let (code, report) = doctor(folder.path(), &wrong).await;
    assert_eq!(code, 2);
    let (well, text) = says(&report, "queues");
    assert!(!well && text.contains("x-delivery-limit"), "{text}");

    erp.shutdown().await;
    let away = config.replace(&broker, "amqp://guest:guest@127.0.0.1:9/none");
    let (code, report) = doctor(folder.path(), &away).await;
    assert_eq!(code, 2);
    assert!(!says(&report, "broker").0);
    assert!(!says(&report, "connector erp-us").0);
    assert!(says(&report, "store").0);
}
