//! The operators' console in a real browser: what people do there, from the sign-in to the end.
#![allow(clippy::unwrap_used, reason = "tests")]

mod live;
mod money;
mod proof;
mod provider;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use simulators::erp::Collection;
use simulators::wms::Story;
use tests::browser::Browser;
use tests::sidecar::{Sidecar, ports};
use tests::world::{SECRET, World, ask, request, until_returns};
use tests::{post, root, until};

const TOKEN: &str = "bh_of_an_operator";
const PATIENCE: Duration = Duration::from_mins(1);

/// Texts whose contrast with their ground is below what WCAG 2.2 AA asks (4.5), or 3 for large ones.
const FAINT: &str = r#"
const parse = (text) => { const p = text.match(/[\d.]+/g).map(Number); return p.length > 3 ? p : [...p, 1]; };
const light = (c) => { const f = c.slice(0, 3).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
const ground = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; }
  return matchMedia("(prefers-color-scheme: dark)").matches ? [0, 0, 0] : [255, 255, 255]; };
const faint = [];
for (const e of document.querySelectorAll("body *")) {
  const says = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  if (!says || !e.checkVisibility() || e.closest("svg, .skip, .hidden")) continue;
  const style = getComputedStyle(e);
  const [a, b] = [light(parse(style.color)), light(ground(e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
  if (ratio < (large ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)} ${e.tagName} ${e.textContent.trim().slice(0, 40)}`);
}
return faint;
"#;

/// The world with a console, and somebody who is signed in.
struct Desk {
    world: World,
    base: String,
}

impl Desk {
    async fn new() -> Self {
        Self::with("").await
    }

    /// With more lines after those of the token.
    async fn with(more: &str) -> Self {
        let (port, _) = ports().unwrap();
        let hash = HEXLOWER.encode(&Sha256::digest(TOKEN.as_bytes()));
        let block = format!(
            "[api]\nlisten = \"127.0.0.1:{port}\"\n[[api.token]]\nname = \"ada\"\nsha256 = \"{hash}\"\nscopes = [\"admin\"]\n{more}"
        );
        let world = World::start(Some(Story::AllGood), "", &block)
            .await
            .unwrap();
        let base = format!("http://127.0.0.1:{port}");
        Self { world, base }
    }

    /// Whoever is signed in is Ben Jones of the example's approvers.
    async fn of_bjones() -> Self {
        let people = root().join("deploy/approvers.toml");
        let more = format!(
            "person = \"bjones\"\n[approvers]\nfile = \"{}\"\n",
            people.display()
        );
        Self::with(&more).await
    }

    async fn sidecar(&self) -> Sidecar {
        let program = env!("CARGO_BIN_EXE_product");
        self.world.sidecar(program).await.unwrap()
    }

    /// Lets somebody in by name and password, as an operator.
    fn add_user(&self, name: &str, password: &str) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_product"))
            .args([
                "user", "add", name, "--role", "operator", "--by", "root", "--config",
            ])
            .arg(self.world.config())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        stdin.unwrap().write_all(password.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// Signs in where one wanted to go.
    async fn sign_in(&self, browser: &Browser, path: &str) {
        browser.go(&format!("{}{path}", self.base)).await.unwrap();
        browser.write("#token", TOKEN).await.unwrap();
        browser.press("#by-token").await.unwrap();
        says(browser, "Sign out").await;
    }
}

async fn says(browser: &Browser, words: &str) {
    let there = || async {
        let text = browser.text().await.ok()?;
        text.contains(words).then_some(())
    };
    if let Err(error) = until(words, PATIENCE, there).await {
        let text = browser.text().await;
        assert!(text.is_err(), "{error}: {}", text.unwrap());
    }
}

/// Waits until the page is another one that says nothing of it.
async fn says_no_more(browser: &Browser, words: &str) {
    let gone = || async {
        let text = browser.text().await.ok()?;
        (!text.contains(words)).then_some(())
    };
    until(&format!("no {words}"), PATIENCE, gone).await.unwrap();
}

/// Opens what was said at the beginning of a return.
async fn told(desk: &Desk, browser: &Browser, id: &str, words: &str) {
    let page = format!("{}/returns/{id}/moment/0", desk.base);
    browser.go(&page).await.unwrap();
    says(browser, words).await;
}

/// Pictures in both schemes, for people; and no text that is hard to read.
async fn looked_at(browser: &Browser, name: &str) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("console");
    std::fs::create_dir_all(&folder).unwrap();
    for colours in ["light", "dark"] {
        browser.prefer(colours).await.unwrap();
        let path = folder.join(format!("{name}-{colours}.png"));
        browser.picture(Path::new(&path)).await.unwrap();
        let faint = browser.run(FAINT).await.unwrap();
        assert_eq!(faint, json!([]), "{name}, {colours}");
    }
    let complaints = browser.complaints().await.unwrap();
    assert!(complaints.is_empty(), "{name}: {complaints:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_finds_a_return_and_reads_what_happened_to_it() {
    let desk = Desk::new().await;
    let sidecar = desk.sidecar().await;
    ask(&sidecar, 1..=3).await.unwrap();
    until_returns(&sidecar, "SETTLED", 3).await.unwrap();
    let browser = Browser::start().await.unwrap();
    browser.go(&desk.base).await.unwrap();
    says(&browser, "Token of the API").await;
    looked_at(&browser, "sign-in").await;
    // Two that were bought too long ago wait for somebody.
    let url = format!("{}/in/portal", sidecar.ingress);
    for number in 4..=5 {
        let mut late = request(number);
        *late.pointer_mut("/lines/0/invoice/date").unwrap() = json!("2024-01-02");
        let body = serde_json::to_vec(&late).unwrap();
        assert_eq!(post(&url, SECRET, body).await.unwrap().0, 202);
    }
    until_returns(&sidecar, "PENDING_AUTHORIZATION", 2)
        .await
        .unwrap();
    desk.add_user("grace", "correct horse battery");
    for (password, words) in [
        ("battery horse correct", "Nobody signs in by that name"),
        ("correct horse battery", "Sign out"),
    ] {
        browser.go(&desk.base).await.unwrap();
        browser.write("#name", "grace").await.unwrap();
        browser.write("#password", password).await.unwrap();
        browser.press("#by-name").await.unwrap();
        says(&browser, words).await;
        looked_at(&browser, &words.replace(' ', "-").to_lowercase()).await;
    }
    browser.press(".who button").await.unwrap();
    says(&browser, "Token of the API").await;
    desk.sign_in(&browser, "/approvals").await;
    says(&browser, "2 wait; 0 of them you may approve").await;
    looked_at(&browser, "approvals").await;
    browser.press("tbody a").await.unwrap();
    says(&browser, "if approved: the return is authorised").await;
    looked_at(&browser, "approval").await;
    browser.follow("Overview").await.unwrap();
    says(&browser, "Where returns are").await;
    looked_at(&browser, "overview").await;

    browser.follow("Numbers").await.unwrap();
    says(&browser, "As a file").await;
    looked_at(&browser, "numbers").await;
    browser
        .press("a[href*='metric=awaiting_receipt&']")
        .await
        .unwrap();
    says(&browser, "awaiting_receipt over time").await;
    looked_at(&browser, "course").await;
    browser.follow("Audit").await.unwrap();
    says(&browser, "Verify the chain").await;
    browser.write("#subject", "RMA-2").await.unwrap();
    browser.press(".search button").await.unwrap();
    says(&browser, "return.requested.v1").await;
    looked_at(&browser, "audit").await;
    browser.press("#verify").await.unwrap();
    says(&browser, "The chain holds").await;
    looked_at(&browser, "audit-verified").await;
    browser.follow("Returns").await.unwrap();
    says(&browser, "RMA-5").await;
    looked_at(&browser, "returns").await;
    browser.write("#q", "INV-2").await.unwrap();
    browser.press("#by option[value='invoice']").await.unwrap();
    browser.press(".search button").await.unwrap();
    says_no_more(&browser, "RMA-3").await;
    says(&browser, "RMA-2").await;
    browser.follow("RMA-2").await.unwrap();
    says(&browser, "Timeline").await;
    looked_at(&browser, "return").await;
    let text = browser.text().await.unwrap();
    for words in [
        "return.requested.v1",
        "CREDITED",
        "ERP_CREDIT_MEMO sent: OK",
        "credited",
        "Payable",
    ] {
        let text = text.to_lowercase();
        assert!(text.contains(&words.to_lowercase()), "{words}: {text}");
    }
    browser.press("#timeline ~ ol summary").await.unwrap();
    says(&browser, "\"legal_entity\": \"US01\"").await;
    browser
        .run("document.getElementById('timeline').scrollIntoView({behavior: 'instant'})")
        .await
        .unwrap();
    looked_at(&browser, "timeline").await;
    browser.quit().await.unwrap();
    sidecar.terminate().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_mends_one_message_and_replays_the_others_a_few_first() {
    let desk = Desk::new().await;
    let sidecar = desk.sidecar().await;
    let url = format!("{}/in/portal", sidecar.ingress);
    for number in 1..=5 {
        let mut message = request(number);
        *message.pointer_mut("/lines/0/reason").unwrap() = json!("broken");
        let body = serde_json::to_vec_pretty(&message).unwrap();
        let (status, answer) = post(&url, SECRET, body).await.unwrap();
        assert!((400..500).contains(&status), "{answer}");
    }
    let browser = Browser::start().await.unwrap();
    desk.sign_in(&browser, "/exceptions").await;
    says(&browser, "5 open, by cause").await;
    looked_at(&browser, "exceptions").await;
    browser.follow("MASTER_DATA_MISSING").await.unwrap();
    says(&browser, "Replay this group").await;
    looked_at(&browser, "group").await;
    browser.press("tbody a").await.unwrap();
    says(&browser, "The message as received").await;
    looked_at(&browser, "exception").await;
    browser.follow("Mend a copy").await.unwrap();
    let broken =
        "const t = document.getElementById('text'); t.value = t.value.replace('broken', 'brokn')";
    browser.run(broken).await.unwrap();
    browser.press("button[value=check]").await.unwrap();
    says(&browser, "Nothing was done").await;
    says(&browser, "/lines/0/reason").await;
    looked_at(&browser, "mend").await;
    let mend = "const t = document.getElementById('text'); t.value = t.value.replace('brokn', 'DEFECTIVE_ON_ARRIVAL')";
    browser.run(mend).await.unwrap();
    browser.press("button[value=check]").await.unwrap();
    says(&browser, "It can be read").await;
    browser
        .write("#reason", "the shop's code is not ours")
        .await
        .unwrap();
    browser.press("button[value=send]").await.unwrap();
    says(&browser, "given back by api/ada as a copy").await;
    let mended = until_returns(&sidecar, "SETTLED", 1).await.unwrap();
    let id = mended[0]["return_id"].as_str().unwrap().to_owned();
    told(&desk, &browser, &id, "the mended copy").await;
    let text = browser.text().await.unwrap();
    assert!(
        text.contains("\"reason\": \"DEFECTIVE_ON_ARRIVAL\""),
        "{text}"
    );

    // The cause is mended: the others can follow.
    assert!(sidecar.terminate().await.unwrap().success());
    let text = std::fs::read_to_string(desk.world.config()).unwrap();
    let table = "[connectors.portal.codes.reason]\nbroken = \"DEFECTIVE_ON_ARRIVAL\"\n\n[connectors.wms-east]";
    let mended = text.replacen("[connectors.wms-east]", table, 1);
    std::fs::write(desk.world.config(), mended).unwrap();
    let sidecar = desk.sidecar().await;
    desk.sign_in(&browser, "/exceptions").await;
    says(&browser, "4 open, by cause").await;
    browser.press("tbody a.button").await.unwrap();
    says(&browser, "4 open exceptions. Nothing is done yet.").await;
    looked_at(&browser, "preview").await;
    browser.write("#canary", "1").await.unwrap();
    browser.write("#canary_seconds", "4").await.unwrap();
    browser.press("main form button").await.unwrap();
    says(&browser, "1 of 4 given back").await;
    looked_at(&browser, "canary").await;
    // The page follows by itself, and shows the same when it is loaded again.
    says(&browser, "4 of 4 given back").await;
    browser.run("location.reload()").await.unwrap();
    says(&browser, "4 of 4 given back").await;
    looked_at(&browser, "replayed").await;
    let all = until_returns(&sidecar, "SETTLED", 5).await.unwrap();
    let other = all.iter().find(|one| one["return_id"] != id.as_str());
    let other = other.unwrap()["return_id"].as_str().unwrap();
    told(&desk, &browser, other, "as kept with exception").await;
    let text = browser.text().await.unwrap();
    assert!(text.contains("\"reason\": \"broken\""), "{text}");
    looked_at(&browser, "native").await;
    let ledger = desk.world.erp.ledger();
    assert!(ledger.duplicates.is_empty(), "{:?}", ledger.duplicates);
    browser.quit().await.unwrap();
    sidecar.terminate().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_approves_for_others_and_never_for_oneself() {
    let desk = Desk::of_bjones().await;
    let sidecar = desk.sidecar().await;
    // Bought too long ago: somebody decides first. One of them Ben asked for himself.
    let url = format!("{}/in/portal", sidecar.ingress);
    for (number, by) in [(1, "carol"), (2, "bjones")] {
        let mut late = request(number);
        *late.pointer_mut("/lines/0/invoice/date").unwrap() = json!("2024-01-02");
        late["requestedBy"] = json!(by);
        let body = serde_json::to_vec(&late).unwrap();
        assert_eq!(post(&url, SECRET, body).await.unwrap().0, 202);
    }
    until_returns(&sidecar, "PENDING_AUTHORIZATION", 2)
        .await
        .unwrap();
    let browser = Browser::start().await.unwrap();
    desk.sign_in(&browser, "/approvals").await;
    says(&browser, "2 wait; 1 of them you may approve").await;
    looked_at(&browser, "inbox").await;
    let row = |rma: &str| {
        format!(
            "[...document.querySelectorAll('tbody tr')].find((r) => r.textContent.includes('{rma}')).querySelector('a').click()"
        )
    };
    browser.run(&row("RMA-2")).await.unwrap();
    says(&browser, "You may not approve this").await;
    looked_at(&browser, "own").await;
    browser.follow("Approvals").await.unwrap();
    says(&browser, "2 wait; 1 of them you may approve").await;
    browser.run(&row("RMA-1")).await.unwrap();
    says(&browser, "if approved: the return is authorised").await;
    browser.write("#comment", "seen the photos").await.unwrap();
    browser.press("button[value=approve]").await.unwrap();
    says(&browser, "bjones approved as").await;
    looked_at(&browser, "approved").await;
    until_returns(&sidecar, "SETTLED", 1).await.unwrap();
    let memos = desk.world.erp.ledger().counts[&Collection::CreditMemos];
    assert_eq!(memos, 1);
    browser.quit().await.unwrap();
    sidecar.terminate().await.unwrap();
}

/// A warehouse's messages are tried out while it is onboarded, until they say what they should.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_onboards_a_warehouse_at_the_mapping_bench() {
    let desk = Desk::new().await;
    let sidecar = desk.sidecar().await;
    ask(&sidecar, 1..=1).await.unwrap();
    let browser = Browser::start().await.unwrap();
    desk.sign_in(&browser, "/bench").await;
    says(&browser, "Paste a message").await;
    let receipt = json!({
        "eventId": "e-9", "sequence": 9, "type": "receipt.created", "warehouse": "DC-EAST", "rma": "RMA-1",
        "occurredAt": "2026-03-05T09:00:00Z", "receiptId": "R-9",
        "lines": [{ "line": 1, "sku": "SKU-100", "qty": "1", "uom": "EA", "condition": "wie neu" }]
    });
    let message = serde_json::to_string_pretty(&receipt).unwrap();
    browser
        .press("#connector option:nth-of-type(2)")
        .await
        .unwrap();
    browser.write("#text", &message).await.unwrap();
    browser.press("main form button").await.unwrap();
    says(&browser, "-- 'condition' 'wms-east' 'wie neu' OURS").await;
    looked_at(&browser, "bench-unmapped").await;
    let mend =
        "const t = document.getElementById('text'); t.value = t.value.replace('wie neu', 'sealed')";
    browser.run(mend).await.unwrap();
    browser.press("main form button").await.unwrap();
    says(&browser, "backhaul.receipt.recorded.v1").await;
    says(&browser, "Status afterwards").await;
    looked_at(&browser, "bench").await;
    browser.quit().await.unwrap();
    sidecar.terminate().await.unwrap();
}
