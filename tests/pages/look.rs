//! Asks for pages and times them.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use backhaul::config::{self, Environment, Secrets};
use comfy_table::Table;
use data_encoding::HEXLOWER;
use reqwest::header::{COOKIE, SET_COOKIE};
use sha2::{Digest as _, Sha256};

/// The token that looks.
const TOKEN: &str = "pages";

/// A page that was looked at.
pub(crate) struct Seen {
    /// Its address.
    pub(crate) name: String,
    /// Status of the last answer.
    pub(crate) status: u16,
    /// Size of the largest answer.
    pub(crate) bytes: usize,
    /// The first answer.
    pub(crate) first: Duration,
    /// It says that figures are being counted, and shows none.
    pub(crate) counts: bool,
    /// Half of the answers took longer.
    pub(crate) median: Duration,
    /// The slowest answer.
    pub(crate) worst: Duration,
}

/// Serves the store of the folder and looks at each place so many times.
pub(crate) async fn all(folder: &Path, places: &[String], times: usize) -> Result<Vec<Seen>> {
    let text = format!(
        "[broker]\nurl = \"embedded:queue.db\"\n[store]\nurl = \"sqlite:backhaul.db\"\n[admin]\nlisten = \"127.0.0.1:0\"\n\
         [policy]\nfiles = [\"us01.toml\"]\n[api]\nlisten = \"127.0.0.1:0\"\n\
         [[api.token]]\nname = \"pages\"\nsha256 = \"{}\"\nscopes = [\"admin\"]\n",
        HEXLOWER.encode(&Sha256::digest(TOKEN.as_bytes()))
    );
    let policy = tests::root().join("deploy/policy/us01.toml");
    std::fs::copy(policy, folder.join("us01.toml"))?;
    let reading = config::parse(
        &text,
        "pages",
        folder,
        &Environment::default(),
        Secrets::Needed,
    );
    if !reading.report.is_ok() {
        bail!("{}", reading.report);
    }
    let mut config = reading.config;
    // Nothing is moved while pages are looked at.
    config.only = vec!["api".to_owned()];
    let running = backhaul::sidecar::start(&config).await;
    let running = running.map_err(|report| anyhow::anyhow!("{report}"))?;
    let address = running.sidecar.api().context("nobody serves the console")?;
    let base = format!("http://{address}");
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_mins(5))
        .build()?;
    let cookie = signed_in(&client, &base).await?;
    let mut seen = Vec::new();
    for place in places {
        let page = look(&client, (&base, place), &cookie, times).await?;
        let (first, median) = (page.first.as_millis(), page.median.as_millis());
        println!("{first} ms, then {median} ms {}", page.name);
        seen.push(page);
    }
    running.stop().await;
    Ok(seen)
}

async fn signed_in(client: &reqwest::Client, base: &str) -> Result<String> {
    let form = client.get(format!("{base}/sign-in")).send().await?;
    let given = cookie(&form)?;
    let text = form.text().await?;
    let csrf = text.split("name=\"csrf\" value=\"").nth(1);
    let csrf = csrf.and_then(|rest| rest.split('"').next());
    let fields = [
        ("csrf", csrf.context("no form")?),
        ("token", TOKEN),
        ("to", "/"),
    ];
    let sent = client.post(format!("{base}/sign-in")).header(COOKIE, given);
    cookie(&sent.form(&fields).send().await?)
}

fn cookie(response: &reqwest::Response) -> Result<String> {
    let set = response.headers().get(SET_COOKIE).context("no cookie")?;
    let pair = set.to_str()?.split(';').next();
    Ok(pair.unwrap_or_default().to_owned())
}

async fn look(
    client: &reqwest::Client,
    (base, place): (&str, &str),
    cookie: &str,
    times: usize,
) -> Result<Seen> {
    let mut took = Vec::new();
    let (mut status, mut bytes, mut counts) = (0, 0, false);
    for _ in 0..times.max(1) {
        let begun = Instant::now();
        let request = client.get(format!("{base}{place}")).header(COOKIE, cookie);
        let response = request.send().await?;
        status = response.status().as_u16();
        let text = response.text().await?;
        took.push(begun.elapsed());
        bytes = bytes.max(text.len());
        counts = text.contains("The figures are being counted.");
    }
    let first = took.first().copied().unwrap_or_default();
    took.sort_unstable();
    Ok(Seen {
        name: place.to_owned(),
        status,
        bytes,
        first,
        counts,
        median: took.get(took.len() / 2).copied().unwrap_or_default(),
        worst: took.last().copied().unwrap_or_default(),
    })
}

/// Prints a table of them.
pub(crate) fn print(seen: &[Seen]) {
    let mut table = Table::new();
    table.set_header(["page", "status", "first ms", "median ms", "worst ms", "kB"]);
    for page in seen {
        table.add_row([
            if page.counts {
                format!("{} (being counted)", page.name)
            } else {
                page.name.clone()
            },
            page.status.to_string(),
            page.first.as_millis().to_string(),
            page.median.as_millis().to_string(),
            page.worst.as_millis().to_string(),
            page.bytes.div_ceil(1_000).to_string(),
        ]);
    }
    println!("{table}");
}
