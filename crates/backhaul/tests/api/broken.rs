//! What panics answers all the same: a problem of the API, a page of the console, on a connection that stays.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};

use broker::Broker;
use console::{Api, Holder, Pages, Roles, Scope, Token, Tokens, Who, access};
use reqwest::Client;
use router::front::Front;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::support::problem;
use crate::visitor::Visitor;

/// Serves an API with one token, "boss", on which whatever asks for a codec panics.
async fn breaking(folder: &TempDir) -> SocketAddr {
    let path = folder.path();
    let url = format!("sqlite:{}", path.join("backhaul.db").display());
    let store = store::open(&url).await.unwrap();
    let broker = broker::Embedded::open(&path.join("queue.db")).await;
    let broker: Arc<dyn Broker> = Arc::new(broker.unwrap());
    let boss = Token {
        sha256: access::hash("boss"),
        holder: Arc::new(Holder {
            who: Who::Token("boss".to_owned()),
            tenant: "boss".to_owned(),
            scopes: BTreeSet::from([Scope::Admin]),
            person: None,
        }),
    };
    let api = Api {
        replay_limits: router::replay::Limits::default(),
        tokens: Tokens::new(vec![boss]),
        roles: Roles::with([]),
        max_body: 100_000,
        front: Front::new(broker, Arc::clone(&store)),
        store,
        policies: Arc::new(RwLock::default()),
        routes: router::Routes::new(Vec::new()),
        codecs: Arc::new(|name| panic!("the codec of {name} is not to be had")),
        readers: vec!["portal".to_owned()],
        entities: Vec::new(),
        clock: store::Clock::default(),
        provider: None,
        pages: Some(Pages { behind_tls: false }),
        stop: tokio_util::sync::CancellationToken::new(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = api
        .router()
        .into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let address = breaking(&folder).await;
    let client = Client::builder().http1_only().build().unwrap();
    let tried = client
        .post(format!("http://{address}/v1/messages/try"))
        .bearer_auth("boss")
        .json(&json!({ "connector": "portal", "text": "x" }));
    for _ in 0..2 {
        let answer = tried.try_clone().unwrap().send().await.unwrap();
        assert!(!answer.headers()["x-request-id"].is_empty());
        let said = problem(answer, 500).await;
        assert_eq!(said["code"], "api.broken");
        let text = said.to_string();
        assert!(!text.contains("codec"), "nothing from inside: {text}");
    }

    let mut visitor = Visitor::at(address);
    assert_eq!(visitor.sign_in("boss", "/").await.status, 303);
    let page = visitor.see("/bench").await;
    let csrf = page.hidden("/bench", "csrf");
    let fields = [("csrf", &*csrf), ("connector", "portal"), ("text", "x")];
    let page = visitor.post("/bench", &fields).await;
    assert_eq!(page.status, 500, "{}", page.text);
    assert!(page.says("500 · api.broken"), "{}", page.text);
    assert!(page.says("action=\"/sign-out\""), "within its frame");
    visitor.see("/returns").await;
}
