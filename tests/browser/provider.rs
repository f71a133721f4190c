//! Somebody signs in at an identity provider.

use serde_json::json;
use simulators::oidc::{Client, OidcSim, Person, Signing};
use tests::browser::Browser;

use super::{Desk, looked_at, says};

/// The provider is another site, whose page leads back: cookies that are kept from what other sites begin are in the way here, or they are not.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_at_the_identity_provider() {
    let client = Client {
        id: "console".to_owned(),
        secret: None,
    };
    let provider = OidcSim::start(client, Signing::Es256).await.unwrap();
    provider.stands_elsewhere();
    let claims = json!({ "preferred_username": "ada@corp.example", "groups": ["ops"] });
    provider.signs_in(Person {
        sub: "1".to_owned(),
        claims: claims.as_object().unwrap().clone(),
    });
    let more = format!(
        "[api.oidc]\nissuer = \"{}\"\nclient_id = \"console\"\nlabel = \"Sign in with Corp\"\n[api.oidc.groups]\nops = \"operator\"\n",
        provider.url()
    );
    let desk = Desk::with(&more).await;
    let sidecar = desk.sidecar().await;
    let browser = Browser::start().await.unwrap();
    browser.go(&format!("{}/returns", desk.base)).await.unwrap();
    says(&browser, "Sign in with Corp").await;
    looked_at(&browser, "sign-in-provider").await;
    browser.press("#by-provider").await.unwrap();
    says(&browser, "This is me").await;
    browser.follow("This is me").await.unwrap();
    says(&browser, "Sign out").await;
    says(&browser, "ada@corp.example").await;
    let here = browser.run("return location.pathname").await.unwrap();
    assert_eq!(here, "/returns");
    looked_at(&browser, "signed-in-by-provider").await;
    browser.press(".who button").await.unwrap();
    says(&browser, "Sign in with Corp").await;
    browser.quit().await.unwrap();
    sidecar.terminate().await.unwrap();
}
