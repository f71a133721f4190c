//! A real browser: Chromium without a screen, told what to do over the WebDriver protocol (W3C), which is JSON over HTTP.
//!
//! Debian's packages are installed when they are missing and we may (root and apt-get).

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use data_encoding::BASE64;
use reqwest::Client;
use serde_json::{Value, json};

/// Under this name an element is named (W3C WebDriver, section 12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How often a driver is started until one finds a port.
const STARTS: usize = 5;

/// A browser with one window. Dropped, it is ended.
pub struct Browser {
    driver: Child,
    client: Client,
    session: String,
}

impl Browser {
    /// Starts one.
    pub async fn start() -> Result<Self> {
        installed()?;
        let (driver, port) = driver()?;
        let mut browser = Self {
            driver,
            client: Client::builder().timeout(Duration::from_mins(1)).build()?,
            session: format!("http://127.0.0.1:{port}/session"),
        };
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--window-size=1280,1000",
        ];
        let wished = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": arguments },
        } } });
        let made = browser.post("", wished).await?;
        let id = made["sessionId"].as_str().context("no session")?;
        browser.session = format!("{}/{id}", browser.session);
        Ok(browser)
    }

    async fn post(&self, path: &str, body: Value) -> Result<Value> {
        let url = format!("{}{path}", self.session);
        let answer = self.client.post(url).json(&body).send().await?;
        let answer: Value = answer.json().await?;
        let value = answer["value"].clone();
        ensure!(value.get("error").is_none(), "{path}: {value}");
        Ok(value)
    }

    /// Goes to an address.
    pub async fn go(&self, url: &str) -> Result<()> {
        self.post("/url", json!({ "url": url })).await.map(drop)
    }

    /// Follows a link or presses a button, found by a CSS selector.
    pub async fn press(&self, selector: &str) -> Result<()> {
        self.click("css selector", selector).await
    }

    /// Follows the first link with that text.
    pub async fn follow(&self, text: &str) -> Result<()> {
        self.click("partial link text", text).await
    }

    /// A page that keeps itself up to date may have another element there by then: that one is meant as well.
    async fn click(&self, using: &str, value: &str) -> Result<()> {
        loop {
            let element = self.element(using, value).await?;
            let path = format!("/element/{element}/click");
            match self.post(&path, json!({})).await {
                Err(error) if is_gone(&error) => {}
                done => return done.map(drop),
            }
        }
    }

    /// Writes into a field, in place of what is there.
    pub async fn write(&self, selector: &str, text: &str) -> Result<()> {
        loop {
            let element = self.element("css selector", selector).await?;
            let clear = format!("/element/{element}/clear");
            let keys = format!("/element/{element}/value");
            let written = async {
                self.post(&clear, json!({})).await?;
                self.post(&keys, json!({ "text": text })).await
            };
            match written.await {
                Err(error) if is_gone(&error) => {}
                done => return done.map(drop),
            }
        }
    }

    /// Lets no request for such addresses out, such as "*/live/*".
    pub async fn block(&self, addresses: &[&str]) -> Result<()> {
        for (command, parameters) in [
            ("Network.enable", json!({})),
            ("Network.setBlockedURLs", json!({ "urls": addresses })),
        ] {
            let call = json!({ "cmd": command, "params": parameters });
            self.post("/goog/cdp/execute", call).await?;
        }
        Ok(())
    }

    async fn element(&self, using: &str, value: &str) -> Result<String> {
        let wanted = json!({ "using": using, "value": value });
        let found = self.post("/element", wanted).await?;
        let id = found[ELEMENT].as_str().context("no element")?;
        Ok(id.to_owned())
    }

    /// What a script in the page returns.
    pub async fn run(&self, script: &str) -> Result<Value> {
        let call = json!({ "script": script, "args": [] });
        self.post("/execute/sync", call).await
    }

    /// What the page says to a reader.
    pub async fn text(&self) -> Result<String> {
        let text = self.run("return document.body.innerText").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// The colours that somebody prefers: "light" or "dark".
    pub async fn prefer(&self, colours: &str) -> Result<()> {
        let features = json!([{ "name": "prefers-color-scheme", "value": colours }]);
        let call =
            json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "features": features } });
        self.post("/goog/cdp/execute", call).await.map(drop)
    }

    /// A picture of the window.
    pub async fn picture(&self, path: &Path) -> Result<()> {
        let url = format!("{}/screenshot", self.session);
        let answer: Value = self.client.get(url).send().await?.json().await?;
        let text = answer["value"].as_str().context("no picture")?;
        Ok(std::fs::write(path, BASE64.decode(text.as_bytes())?)?)
    }

    /// What the browser complained of since the last time: errors of scripts, refusals by the content security policy.
    pub async fn complaints(&self) -> Result<Vec<String>> {
        let told = self.post("/se/log", json!({ "type": "browser" })).await?;
        let entries = told.as_array().into_iter().flatten();
        // The rest is advice, or the status of an answer.
        let bad = entries.filter(|one| {
            (one["level"] == "SEVERE" || one["level"] == "WARNING") && one["source"] != "network"
        });
        Ok(bad.map(Value::to_string).collect())
    }

    /// Ends it.
    pub async fn quit(self) -> Result<()> {
        self.client.delete(&self.session).send().await?;
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let group = format!("-{}", self.driver.id());
        drop(
            Command::new("kill")
                .args(["-s", "KILL", "--", &group])
                .status(),
        );
        drop(self.driver.wait());
    }
}

/// Starts a driver, and says where it listens. It draws a port for IPv6 and wants the same for IPv4: when somebody else has
/// that one it ends, and another try draws another.
fn driver() -> Result<(Child, u16)> {
    let mut said = Vec::new();
    for _ in 0..STARTS {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start chromedriver")?;
        let told = driver.stdout.take().context("chromedriver says nothing")?;
        for line in BufReader::new(told).lines().map_while(Result::ok) {
            let port = line.split("successfully on port ").nth(1);
            if let Some(port) = port.and_then(|port| port.trim_end_matches('.').parse().ok()) {
                return Ok((driver, port));
            }
            said.push(line);
        }
        driver.wait()?;
    }
    bail!(
        "chromedriver does not say where it listens: {}",
        said.join("; ")
    )
}

/// True if the element that was found is not on the page any more.
fn is_gone(error: &anyhow::Error) -> bool {
    error.to_string().contains("stale element reference")
}

fn installed() -> Result<()> {
    let is_there = |program: &str| {
        let asked = Command::new(program).arg("--version").output();
        asked.is_ok_and(|output| output.status.success())
    };
    if is_there("chromedriver") && is_there("chromium") {
        return Ok(());
    }
    // One installs, the others wait.
    let script = "set -e
        which chromium chromedriver >/dev/null 2>&1 && exit 0
        apt-get update -q
        DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium chromium-driver";
    let lock = std::env::temp_dir().join("backhaul-install-chromium.lock");
    let done = Command::new("flock")
        .arg(lock)
        .args(["sh", "-c", script])
        .output();
    if !done.is_ok_and(|output| output.status.success()) {
        bail!("there is no browser: install the packages chromium and chromium-driver (as root)");
    }
    Ok(())
}
