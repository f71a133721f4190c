//! A proxy before the ERP that lets one request go wrong, and knows when it did.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::Server;
use crate::tether::{Tethered, free_port};

/// A proxy for one delivery.
pub(crate) struct Proxy {
    port: u16,
    mode: String,
    client: reqwest::Client,
    _process: Tethered,
}

impl Proxy {
    /// Started; the next request that matches goes wrong in that way, once.
    pub(crate) async fn before(
        server: &Server,
        mode: &str,
        matches: &str,
        delay: Duration,
    ) -> Self {
        let port = free_port();
        let script = server.peers.join("faultproxy/faultproxy.py");
        let (ours, theirs) = (port.to_string(), server.port.to_string());
        let words = [
            "python3".as_ref(),
            "-u".as_ref(),
            script.as_os_str(),
            ours.as_ref(),
            theirs.as_ref(),
        ];
        let log = server.folder.path().join("proxy.log");
        let process = Tethered::start(&words, &log, "fault proxy").await;
        let timeout = Duration::from_secs(5);
        let proxy = Self {
            port,
            mode: mode.to_owned(),
            client: reqwest::Client::builder().timeout(timeout).build().unwrap(),
            _process: process,
        };
        let rule = json!({"mode": mode, "match": matches, "count": 1, "delay": delay.as_secs()});
        let request = proxy.client.post(proxy.control()).body(rule.to_string());
        request.send().await.unwrap().error_for_status().unwrap();
        proxy
    }

    /// Where the ERP answers through it.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/erp", self.port)
    }

    /// Waits until the request that went wrong is over, also in the ERP; what comes afterwards is not a race.
    pub(crate) async fn settled(&self) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while !self.went_wrong().await {
            assert!(
                Instant::now() < deadline,
                "{} did not come about",
                self.mode
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// True if a request went wrong and is over.
    pub(crate) async fn went_wrong(&self) -> bool {
        let reply = self.client.get(self.control()).send().await.unwrap();
        let state: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap();
        let mut log = state["log"].as_array().unwrap().iter();
        log.any(|entry| entry[2] == self.mode)
    }

    fn control(&self) -> String {
        format!("http://127.0.0.1:{}/__ctl", self.port)
    }
}
