//! What a provider, or whoever pretends to be one, may send: nobody is signed in by it, and it is said why.

use simulators::oidc::{Signing, Trick};

use crate::oidc::{SECRET, entries, is_in, person, provider, sent_back, through};
use crate::support::Bench;
use crate::visitor::Visitor;

/// Each sign-in comes from another address: failures are counted.
fn behind_tls(block: &str) -> String {
    format!("[api]\nlisten = \"127.0.0.1:0\"\nbehind_tls = true\n{block}")
}

fn visitor(bench: &Bench, n: usize) -> Visitor {
    let mut visitor = Visitor::of(bench);
    visitor.from = format!("192.0.2.{n}");
    visitor
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_token_signs_nobody_in() {
    let (sim, block) = provider(Signing::Rs256, Some(SECRET)).await;
    sim.signs_in(person("1", "ada", &["returns-ops"]));
    let bench = Bench::with_api(&behind_tls(&block)).await;
    let why = |trick: Trick| match trick {
        Trick::WrongNonce | Trick::NoNonce => "it is of another sign-in",
        Trick::WrongAudience => "it is for another application",
        Trick::SeveralAudiences => "it is for several applications, and does not say for which",
        Trick::Expired => "it has expired",
        Trick::Early => "it was made in the future",
        Trick::UnknownKey => "its key is not the provider's",
        Trick::WrongSignature => "its signature is not its key's",
        Trick::Unsigned => "its header cannot be read",
        Trick::SharedSecret => "its algorithm is not its key's",
        Trick::OtherIssuer => "it is of another issuer",
        other => panic!("{other:?} is no bad token"),
    };
    for (n, trick) in Trick::BAD_TOKENS.iter().enumerate() {
        sim.trick(Some(*trick));
        let mut visitor = visitor(&bench, n);
        let page = through(&mut visitor).await;
        assert_eq!(page.status, 403, "{trick:?}: {}", page.text);
        let said = page.text.replace("&#39;", "'");
        assert!(said.contains(why(*trick)), "{trick:?}: {said}");
        assert!(
            !visitor.cookies.contains_key("__Host-backhaul"),
            "{trick:?}"
        );
        assert!(!is_in(&mut visitor).await, "{trick:?}");
        let failed = entries(&bench, "sign-in.failed").await;
        let last = failed.last().unwrap();
        assert_eq!(
            last["body"]["why"],
            format!("token {}", why(*trick)),
            "{last}"
        );
        assert_eq!(last["actor"], format!("address/192.0.2.{n}"));
    }
    assert_eq!(entries(&bench, "user.").await.len(), 0, "nobody came in");
    // All the while good ones are good.
    sim.trick(None);
    let mut visitor = visitor(&bench, 99);
    assert_eq!(through(&mut visitor).await.status, 200);
    let set = &visitor.set["__Host-backhaul"];
    assert!(set.contains("Secure"), "{set}");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_not_well_is_said_to_be() {
    let (sim, block) = provider(Signing::Es256, None).await;
    sim.signs_in(person("1", "ada", &["returns-ops"]));
    let bench = Bench::with(&block).await;
    // Nothing is believed of a description that names another issuer, and it is not kept.
    sim.trick(Some(Trick::OtherDescription));
    let mut visitor = Visitor::of(&bench);
    let page = visitor.get("/sign-in/oidc").await;
    assert_eq!(page.status, 502, "{}", page.text);
    assert!(
        page.says("it says that it is another issuer"),
        "{}",
        page.text
    );
    for (trick, status, words) in [
        (Trick::Broken, 502, "it answers that it is not well"),
        (Trick::Huge, 502, "its answer is too long"),
        (Trick::Hang, 502, "it does not answer in time"),
        (Trick::NoToken, 403, "there is none"),
        (Trick::Denied, 403, "access_denied"),
    ] {
        sim.trick(Some(trick));
        let page = through(&mut visitor).await;
        assert_eq!(page.status, status, "{trick:?}: {}", page.text);
        assert!(page.says(words), "{trick:?}: {}", page.text);
        assert!(
            !page.says("555"),
            "what anybody may write is not shown: {}",
            page.text
        );
        assert!(!is_in(&mut visitor).await, "{trick:?}");
    }
    sim.trick(None);
    assert_eq!(through(&mut visitor).await.status, 200);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_of_one_browser_and_of_use_once() {
    let (sim, block) = provider(Signing::Es256, Some(SECRET)).await;
    sim.signs_in(person("1", "ada", &["returns-ops"]));
    let bench = Bench::with_api(&behind_tls(&block)).await;
    let not_begun = |page: &crate::visitor::Page| {
        assert_eq!(page.status, 400, "{}", page.text);
        assert!(page.says("sign-in.not-begun"), "{}", page.text);
    };
    // The answer to one browser's sign-in, brought by another that has begun its own, and by one that has not.
    let (mut ada, mut eve, mut mallory) =
        (visitor(&bench, 1), visitor(&bench, 2), visitor(&bench, 3));
    let of_ada = sent_back(&mut ada, "%2F").await;
    sent_back(&mut eve, "%2F").await;
    not_begun(&eve.get(&of_ada).await);
    not_begun(&mallory.get(&of_ada).await);
    assert!(!is_in(&mut eve).await && !is_in(&mut mallory).await);
    // It is still of use to whom it is for, once.
    let given = ada.cookies["__Host-backhaul-oidc"].clone();
    assert_eq!(ada.get(&of_ada).await.status, 200);
    let mut again = visitor(&bench, 4);
    again
        .cookies
        .insert("__Host-backhaul-oidc".to_owned(), given);
    not_begun(&again.get(&of_ada).await);
    assert!(!is_in(&mut again).await);
    // A wrong state uses the sign-in up.
    let mut max = visitor(&bench, 5);
    let of_max = sent_back(&mut max, "%2F").await;
    let given = max.cookies["__Host-backhaul-oidc"].clone();
    not_begun(&max.get("/sign-in/oidc/callback?code=code-1&state=x").await);
    max.cookies.insert("__Host-backhaul-oidc".to_owned(), given);
    not_begun(&max.get(&of_max).await);
    // So does an answer of another issuer, and one without a code.
    for (n, change) in [("iss=", "iss=x"), ("code=", "no-code=")]
        .into_iter()
        .enumerate()
    {
        let mut mia = visitor(&bench, 6 + n);
        let of_mia = sent_back(&mut mia, "%2F").await.replace(change.0, change.1);
        let page = mia.get(&of_mia).await;
        assert_eq!(page.status, 400, "{}", page.text);
        assert!(page.says("sign-in.answer"), "{}", page.text);
    }
    // A code that somebody has seen is of no use in a sign-in of their own: the provider asks for the verifier.
    let mut zoe = visitor(&bench, 9);
    let of_zoe = sent_back(&mut zoe, "%2F").await;
    let mut thief = visitor(&bench, 10);
    let own = sent_back(&mut thief, "%2F").await;
    let code = |back: &str| {
        let rest = back.split("code=").nth(1).unwrap();
        rest.split('&').next().unwrap().to_owned()
    };
    let page = thief.get(&own.replace(&code(&own), &code(&of_zoe))).await;
    assert_eq!(page.status, 403, "{}", page.text);
    assert_eq!(sim.ledger().refused, ["token: code_verifier"]);
    assert_eq!(sim.ledger().tokens, 1);
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_asked_for_again_when_one_is_new_and_not_at_will() {
    let (sim, block) = provider(Signing::Es256, None).await;
    sim.signs_in(person("1", "ada", &["returns-ops"]));
    let bench = Bench::with(&block).await;
    let mut visitor = Visitor::of(&bench);
    for _ in 0..2 {
        assert_eq!(through(&mut visitor).await.status, 200);
    }
    let asked = |ledger: simulators::oidc::Ledger| (ledger.descriptions, ledger.keys);
    assert_eq!(asked(sim.ledger()), (1, 1));
    sim.rotate().unwrap();
    assert_eq!(through(&mut visitor).await.status, 200);
    assert_eq!(asked(sim.ledger()), (1, 2));
    sim.trick(Some(Trick::UnknownKey));
    for _ in 0..3 {
        assert_eq!(through(&mut visitor).await.status, 403);
    }
    assert_eq!(asked(sim.ledger()), (1, 2), "once a minute");
    assert!(bench.running.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_fails_too_often_has_to_wait() {
    let (_sim, block) = provider(Signing::Es256, None).await;
    let bench = Bench::with(&block).await;
    let mut visitor = Visitor::of(&bench);
    let guess = "/sign-in/oidc/callback?code=1&state=2";
    for _ in 0..10 {
        assert_eq!(visitor.get(guess).await.status, 400);
    }
    for path in [guess, "/sign-in/oidc"] {
        let shut = visitor.get(path).await;
        assert_eq!(shut.status, 429, "{path}");
        assert!(shut.headers.contains_key("retry-after"));
    }
    assert_eq!(
        visitor.sign_in("viewer", "/").await.status,
        429,
        "of every kind"
    );
    assert_eq!(entries(&bench, "sign-in.too-many").await.len(), 2);
    assert!(bench.running.stop().await);
}
