//! What the ERP's books say, read by its own interface and not through the connector.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use canonical::{Currency, Money, Qty};
use data_encoding::BASE64URL;
use jiff::civil::Date;
use reqwest::Method;
use serde_json::{Value, json};

/// Customer and product that everything is about.
pub(crate) const CUSTOMER: &str = "C10010";
pub(crate) const ITEM: &str = "SKU-100";

/// The books of one ERP.
pub(crate) struct Books {
    client: reqwest::Client,
    base: String,
    key: String,
    party: i64,
    product: i64,
}

impl Books {
    /// Opened; customer, product and the location of goods on hold are made.
    pub(crate) async fn open(base: &str, key: &str) -> Self {
        let timeout = Duration::from_mins(1);
        let mut books = Self {
            client: reqwest::Client::builder().timeout(timeout).build().unwrap(),
            base: base.to_owned(),
            key: key.to_owned(),
            party: 0,
            product: 0,
        };
        let decimal = |text: &str| json!({"__class__": "Decimal", "decimal": text});
        let party = json!({"name": "ACME Industrial", "code": CUSTOMER,
            "addresses": [["create", [{"street": "1 Dock Rd"}]]]});
        books.party = books.make("party.party", &party).await;
        let unit = books
            .first("product.uom", &json!([["name", "=", "Unit"]]))
            .await;
        let category = json!([["accounting", "=", true]]);
        let category = books.first("product.category", &category).await;
        let template = json!({"name": "Bearing 6204", "code": ITEM, "default_uom": unit, "type": "goods", "salable": true,
            "sale_uom": unit, "list_price": decimal("40"), "account_category": category,
            "products": [["create", [{"suffix_code": null, "cost_price": decimal("25")}]]]});
        books.make("product.template", &template).await;
        books.product = books
            .first("product.product", &json!([["code", "=", ITEM]]))
            .await;
        let storage = books.location("STO").await;
        let hold = json!({"name": "Returns on hold", "code": "HOLD", "type": "storage", "parent": storage});
        books.make("stock.location", &hold).await;
        books
    }

    /// What the customer owes.
    pub(crate) async fn receivable(&self) -> Money {
        let path = format!("party.party/{}?f=receivable", self.party);
        let party = self.get(&path, &json!({})).await;
        let text = party["receivable"]["decimal"].as_str().unwrap();
        Money::parse(text, "USD".parse::<Currency>().unwrap()).unwrap()
    }

    /// Goods in a place, the places inside it included.
    pub(crate) async fn on_hand(&self, code: &str) -> Qty {
        let location = match code {
            "lost" => {
                let lost = json!([["type", "=", "lost_found"]]);
                self.first("stock.location", &lost).await
            }
            code => self.location(code).await,
        };
        let today = date(today());
        let context =
            json!({"locations": [location], "stock_date_end": today, "with_childs": true});
        let path = format!("product.product/{}?f=quantity", self.product);
        let product = self.get(&path, &context).await;
        product["quantity"].to_string().parse().unwrap()
    }

    /// States of the documents under a key, oldest first.
    pub(crate) async fn states(&self, model: &str, key: &str) -> Vec<String> {
        let found = self
            .search(model, &json!([["reference", "=", key]]), "state")
            .await;
        let states = found
            .iter()
            .map(|it| it["state"].as_str().unwrap().to_owned());
        states.collect()
    }

    /// A person takes the newest draft under a key back.
    pub(crate) async fn remove_draft(&self, model: &str, key: &str) {
        let domain = json!([["reference", "=", key], ["state", "=", "draft"]]);
        let found = self.search(model, &domain, "state").await;
        let id = found
            .iter()
            .map(|it| it["id"].as_i64().unwrap())
            .max()
            .unwrap();
        if model.starts_with("stock.") {
            // A shipment is taken back by cancelling it.
            let cancel = format!("{model}/{id}/cancel");
            self.call(Method::POST, &cancel, Some(&json!({})), &json!({}))
                .await;
        } else {
            self.call(Method::DELETE, &format!("{model}/{id}"), None, &json!({}))
                .await;
        }
    }

    async fn location(&self, code: &str) -> i64 {
        self.first("stock.location", &json!([["code", "=", code]]))
            .await
    }

    async fn first(&self, model: &str, domain: &Value) -> i64 {
        let found = self.search(model, domain, "id").await;
        found.first().unwrap_or_else(|| panic!("{model} {domain}"))["id"]
            .as_i64()
            .unwrap()
    }

    async fn search(&self, model: &str, domain: &Value, field: &str) -> Vec<Value> {
        let domain = BASE64URL.encode(domain.to_string().as_bytes());
        let order = BASE64URL.encode(b"[[\"id\", \"ASC\"]]");
        let path = format!("{model}?d={domain}&o={order}&f={field}");
        self.get(&path, &json!({}))
            .await
            .as_array()
            .unwrap()
            .clone()
    }

    async fn make(&self, model: &str, record: &Value) -> i64 {
        let path = format!("{model}?f=id");
        let made = self
            .call(Method::POST, &path, Some(record), &json!({}))
            .await;
        made["id"].as_i64().unwrap()
    }

    async fn get(&self, path: &str, context: &Value) -> Value {
        self.call(Method::GET, path, None, context).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>, more: &Value) -> Value {
        let mut context = json!({"company": 1, "companies": [1], "_skip_warnings": true});
        for (name, value) in more.as_object().unwrap() {
            context[name] = value.clone();
        }
        let url = format!("{}/rest/model/{path}", self.base);
        let mut request = self
            .client
            .request(method, &url)
            .header("authorization", format!("Bearer {}", self.key))
            .header(
                "x-tryton-context",
                BASE64URL.encode(context.to_string().as_bytes()),
            );
        if let Some(body) = body {
            let body = body.to_string();
            request = request
                .header("content-type", "application/json")
                .body(body);
        }
        let reply = request.send().await.unwrap();
        let (status, text) = (reply.status(), reply.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        if text.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&text).unwrap()
    }
}

/// Today (UTC): the one day that surely lies in an open period.
pub(crate) fn today() -> Date {
    jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
}

fn date(day: Date) -> Value {
    json!({"__class__": "date", "year": day.year(), "month": day.month(), "day": day.day()})
}
