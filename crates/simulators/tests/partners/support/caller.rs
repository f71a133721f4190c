//! A caller of the ERP.

use http::StatusCode;
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use simulators::erp::{Config, ErpSim};

use super::client;

pub(crate) struct Caller {
    pub(crate) erp: ErpSim,
    pub(crate) client: reqwest::Client,
}

impl Caller {
    pub(crate) async fn of(config: Config) -> Self {
        Self {
            erp: ErpSim::start(config).await.unwrap(),
            client: client(),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.erp.url())
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(self.url(path)).json(body)
    }

    pub(crate) async fn create(&self, body: &Value) -> Response {
        self.post("/api/creditMemos", body).send().await.unwrap()
    }

    pub(crate) async fn find(&self, collection: &str, filter: &str) -> Vec<Value> {
        let request = self.client.get(self.url(&format!("/api/{collection}")));
        let answer = request.query(&[("$filter", filter)]).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let page: Value = answer.json().await.unwrap();
        page["value"].as_array().unwrap().clone()
    }
}

pub(crate) async fn refused(answer: Response, status: u16, code: &str) {
    assert_eq!(answer.status().as_u16(), status, "{code}");
    assert_eq!(answer.json::<Value>().await.unwrap()["error"]["code"], code);
}
