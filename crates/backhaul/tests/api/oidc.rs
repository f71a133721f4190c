//! Signing in at an identity provider, the whole path: there, back, and to the page that was wanted.

use reqwest::Url;
use serde_json::{Map, Value, json};
use simulators::oidc::{Client, OidcSim, Person, Signing};

use crate::pages_users::{PASSWORD, done};
use crate::support::Bench;
use crate::visitor::{Page, Visitor};

/// What has to be kept from everybody.
pub const SECRET: &str = "s3cret & more: %";

/// Somebody with an account of that number, a name and groups.
pub fn person(sub: &str, name: &str, groups: &[&str]) -> Person {
    let claims = json!({ "preferred_username": name, "groups": groups });
    let claims: Map<String, Value> = claims.as_object().unwrap().clone();
    let sub = sub.to_owned();
    Person { sub, claims }
}

/// The provider with its one client, and the block that names both.
pub async fn provider(signing: Signing, secret: Option<&str>) -> (OidcSim, String) {
    let client = Client {
        id: "backhaul console".to_owned(),
        secret: secret.map(str::to_owned),
    };
    let sim = OidcSim::start(client, signing).await.unwrap();
    let secret = secret.map_or_else(String::new, |text| format!("client_secret = {text:?}\n"));
    let block = format!(
        "[api.oidc]\nissuer = {:?}\nclient_id = \"backhaul console\"\n{secret}label = \"Sign in with Corp\"\n\
         [api.oidc.groups]\n\"returns-ops\" = \"operator\"\n\"money\" = \"finance\"\n\"everybody\" = \"viewer\"\n",
        sim.url()
    );
    (sim, block)
}

/// Goes to the provider; gives where that sends the browser back to.
pub async fn sent_back(visitor: &mut Visitor, to: &str) -> String {
    let begin = format!("/sign-in/oidc?to={to}");
    let page = visitor.get(&begin).await;
    assert_eq!(page.status, 303, "{}", page.text);
    visitor.elsewhere(page.to()).await
}

/// Goes to the provider and comes back.
pub async fn through(visitor: &mut Visitor) -> Page {
    let back = sent_back(visitor, "%2F").await;
    visitor.get(&back).await
}

/// True if somebody is signed in.
pub async fn is_in(visitor: &mut Visitor) -> bool {
    let page = visitor.get("/").await;
    page.status == 200
}

/// Entries of the audit whose action begins so.
pub async fn entries(bench: &Bench, action: &str) -> Vec<Value> {
    let path = format!("/v1/audit?limit=200&action={action}");
    let page = bench.see(&path, "boss").await;
    page["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_signs_in_at_the_provider_and_lands_where_one_wanted() {
    let (sim, block) = provider(Signing::Es256, Some(SECRET)).await;
    sim.signs_in(person("1", "Ada@Corp.example", &["returns-ops", "chess"]));
    let bench = Bench::with(&block).await;
    let mut visitor = Visitor::of(&bench);
    let wanted = visitor.get("/returns?by=sku&q=A%26B").await;
    let page = visitor.see(wanted.to()).await;
    assert!(page.says("Sign in with Corp"), "{}", page.text);
    assert!(
        !page.says("id=\"by-name\""),
        "nobody has a password: {}",
        page.text
    );
    let begin = page
        .text
        .split("id=\"by-provider\" href=\"")
        .nth(1)
        .unwrap();
    let begin = begin.split('"').next().unwrap().to_owned();
    assert_eq!(
        begin,
        "/sign-in/oidc?to=%2Freturns%3Fby%3Dsku%26q%3DA%2526B"
    );

    let there = visitor.get(&begin).await;
    assert_eq!(there.status, 303, "{}", there.text);
    let asked = Url::parse(there.to()).unwrap();
    let asked: Map<String, Value> = asked
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
        .collect();
    assert_eq!(asked["scope"], "openid profile email");
    assert_eq!(asked["code_challenge_method"], "S256");
    let address = bench.running.sidecar.api().unwrap();
    assert_eq!(
        asked["redirect_uri"],
        format!("http://{address}/sign-in/oidc/callback")
    );
    let given = visitor.set["backhaul-oidc"].clone();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
        assert!(given.contains(part), "{given}");
    }

    let back = visitor.elsewhere(there.to()).await;
    let page = visitor.get(&back).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let leads = "http-equiv=\"refresh\" content=\"0; url=/returns?by=sku&#38;q=A%26B\"";
    assert!(page.says(leads), "{}", page.text);
    assert!(visitor.set["backhaul"].contains("SameSite=Strict"));
    assert!(visitor.set["backhaul-oidc"].contains("Max-Age=0"));
    let page = visitor.see("/returns?by=sku&q=A%26B").await;
    assert!(page.says("ada@corp.example"), "{}", page.text);
    assert_eq!(visitor.get("/audit").await.status, 403, "an operator");

    // It is a session as any other: forms that are not its own, and the way out.
    let forged = visitor.post("/sign-out", &[("csrf", "x")]).await;
    assert_eq!(forged.status, 403);
    let csrf = page.hidden("/sign-out", "csrf");
    assert_eq!(
        visitor.post("/sign-out", &[("csrf", &csrf)]).await.status,
        303
    );
    assert!(!is_in(&mut visitor).await);

    let said = entries(&bench, "user.").await;
    let said: Vec<(&str, &str, &str)> = said
        .iter()
        .map(|e| {
            let text = |name: &str| e[name].as_str().unwrap();
            (text("actor"), text("action"), text("subject"))
        })
        .collect();
    let ada = "oidc/ada@corp.example";
    assert_eq!(
        said,
        [(ada, "user.added", ada), (ada, "user.signed-in", ada)]
    );
    let denied = entries(&bench, "api.denied").await;
    assert!(
        denied.iter().all(|e| e["actor"] == ada) && denied.len() == 2,
        "{denied:?}"
    );
    let whole = bench.get("/v1/audit?format=jsonl", "boss").await;
    let whole = whole.text().await.unwrap();
    assert!(
        !whole.contains("code-1") && !whole.contains("s3cret"),
        "{whole}"
    );
    let ledger = sim.ledger();
    assert_eq!(
        (ledger.codes, ledger.tokens, ledger.refused),
        (1, 1, Vec::new())
    );
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_key_and_client_is_understood() {
    for (signing, secret) in [
        (Signing::Rs256, None),
        (Signing::Ps256, Some(SECRET)),
        (Signing::EdDsa, None),
    ] {
        let (sim, block) = provider(signing, secret).await;
        sim.signs_in(person("1", "ada", &["everybody"]));
        let bench = Bench::with(&block).await;
        let mut visitor = Visitor::of(&bench);
        let page = through(&mut visitor).await;
        assert_eq!(page.status, 200, "{signing:?}: {}", page.text);
        assert!(is_in(&mut visitor).await, "{signing:?}");
        assert!(bench.running.stop().await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_led_elsewhere() {
    let (sim, block) = provider(Signing::Es256, None).await;
    sim.signs_in(person("1", "ada", &["everybody"]));
    let bench = Bench::with(&block).await;
    for to in [
        "https%3A%2F%2Felsewhere",
        "%2F%2Felsewhere",
        "%2F%5Celsewhere",
        "%2F%09%2Felsewhere",
        "javascript%3Aalert(1)",
        "%2Fsign-in%2Foidc",
    ] {
        let mut visitor = Visitor::of(&bench);
        let back = sent_back(&mut visitor, to).await;
        let page = visitor.get(&back).await;
        assert_eq!(page.status, 200, "{to}: {}", page.text);
        assert!(page.says("content=\"0; url=/\""), "{to}: {}", page.text);
        assert!(!page.says("elsewhere"), "{to}: {}", page.text);
    }
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_button_stands_beside_the_password() {
    let (sim, block) = provider(Signing::Es256, None).await;
    let bench = Bench::with(&block).await;
    done(
        &bench,
        &["add", "ada", "--role", "viewer", "--by", "root"],
        PASSWORD,
    );
    let mut visitor = Visitor::of(&bench);
    let page = visitor.see("/sign-in").await;
    assert!(page.says("id=\"by-provider\"") && page.says("id=\"by-name\""));
    assert_eq!(visitor.sign_in_by_name("ada", PASSWORD).await.status, 303);
    assert_eq!(
        sim.ledger().descriptions,
        0,
        "nothing is asked before somebody signs in"
    );
    assert!(bench.running.stop().await);
    // Without a provider there is nothing at its paths.
    let bench = Bench::new().await;
    let mut visitor = Visitor::of(&bench);
    assert!(!visitor.see("/sign-in").await.says("by-provider"));
    for path in ["/sign-in/oidc", "/sign-in/oidc/callback?code=1&state=2"] {
        assert_eq!(visitor.get(path).await.status, 404, "{path}");
    }
    assert!(bench.running.stop().await);
}
