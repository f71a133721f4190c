//! Somebody with a browser, as far as HTTP goes: cookies, forms, redirects that are looked at and not followed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};

use crate::support::Bench;

/// A visitor of the console.
pub struct Visitor {
    base: String,
    client: Client,
    pub cookies: BTreeMap<String, String>,
    /// Address that a proxy says they come from; empty: no proxy says any.
    pub from: String,
    /// Last `Set-Cookie` of each name, whole.
    pub set: BTreeMap<String, String>,
}

/// An answer, read.
pub struct Page {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Page {
    /// Where it leads to.
    pub fn to(&self) -> &str {
        let to = self.headers.get(LOCATION);
        to.map_or("", |value| value.to_str().unwrap())
    }

    /// The hidden field of that name in the form with that action.
    pub fn hidden(&self, action: &str, name: &str) -> String {
        let form = self.form(action);
        let field = format!("name=\"{name}\" value=\"");
        let rest = form.split(&field).nth(1).expect("the field");
        unescaped(rest.split('"').next().unwrap())
    }

    /// The form with that action, as written.
    pub fn form(&self, action: &str) -> &str {
        let start = format!("action=\"{action}\"");
        let rest = self.text.split(&start).nth(1);
        let rest = rest.unwrap_or_else(|| panic!("no form {action} in {}", self.text));
        rest.split("</form>").next().unwrap()
    }

    /// What the form with that action holds without being asked.
    fn kept(&self, action: &str) -> Vec<(String, String)> {
        let parts = self.form(action).split("type=\"hidden\" name=\"").skip(1);
        let names = parts.map(|part| part.split('"').next().unwrap());
        names
            .map(|name| (name.to_owned(), self.hidden(action, name)))
            .collect()
    }

    /// True if it says that.
    pub fn says(&self, words: &str) -> bool {
        self.text.contains(words)
    }
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&#34;", "\"").replace("&#39;", "'");
    let text = text.replace("&#60;", "<").replace("&#62;", ">");
    text.replace("&#38;", "&")
}

impl Visitor {
    pub fn of(bench: &Bench) -> Self {
        Self::at(bench.running.sidecar.api().unwrap())
    }

    /// A visitor of the console at that address.
    pub fn at(address: SocketAddr) -> Self {
        let client = Client::builder()
            .timeout(Duration::from_mins(1))
            .redirect(Policy::none())
            .build()
            .unwrap();
        Self {
            base: format!("http://{address}"),
            client,
            cookies: BTreeMap::new(),
            from: String::new(),
            set: BTreeMap::new(),
        }
    }

    /// One who is signed in with that token.
    pub async fn signed_in(bench: &Bench, token: &str) -> Self {
        let mut visitor = Self::of(bench);
        let page = visitor.sign_in(token, "/").await;
        assert_eq!(page.status, 303, "{}", page.text);
        visitor
    }

    /// Fills in the sign-in page.
    pub async fn sign_in(&mut self, token: &str, to: &str) -> Page {
        let page = self.get("/sign-in").await;
        let csrf = page.hidden("/sign-in", "csrf");
        self.post("/sign-in", &[("csrf", &csrf), ("token", token), ("to", to)])
            .await
    }

    /// Fills in the sign-in page with a name and a password.
    pub async fn sign_in_by_name(&mut self, name: &str, password: &str) -> Page {
        let csrf = self.get("/sign-in").await.hidden("/sign-in", "csrf");
        let fields = [
            ("csrf", &*csrf),
            ("name", name),
            ("password", password),
            ("to", "/"),
        ];
        self.post("/sign-in", &fields).await
    }

    /// That page, loaded again and again until it says that.
    pub async fn until(&mut self, path: &str, words: &str) -> Page {
        let deadline = tokio::time::Instant::now() + Duration::from_mins(1);
        loop {
            let page = self.see(path).await;
            if page.says(words) {
                return page;
            }
            let is_over = tokio::time::Instant::now() > deadline;
            assert!(!is_over, "{path} does not say {words:?}: {}", page.text);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// A page of another host, which gets none of the cookies of this one. Gives where it leads to: path and query.
    pub async fn elsewhere(&self, url: &str) -> String {
        let response = self.client.get(url).send().await.unwrap();
        let status = response.status();
        let to = response.headers().get(LOCATION).cloned();
        let text = response.text().await.unwrap();
        assert_eq!(status, 303, "{text}");
        let to = url::Url::parse(to.unwrap().to_str().unwrap()).unwrap();
        format!("{}?{}", to.path(), to.query().unwrap_or_default())
    }

    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.client.get(format!("{}{path}", self.base));
        self.sent(request).await
    }

    /// A page that is there.
    pub async fn see(&mut self, path: &str) -> Page {
        let mut page = self.get(path).await;
        while page.text.contains("The figures are being counted.") {
            page = self.get(path).await;
        }
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        assert!(page.text.len() < 100_000, "{path}: {}", page.text.len());
        page
    }

    /// Sends the form of a page with that action, with what is filled in.
    pub async fn send(&mut self, page: &Page, action: &str, more: &[(&str, &str)]) -> Page {
        let kept = page.kept(action);
        assert!(kept.iter().any(|(name, _)| name == "key"), "{kept:?}");
        let mut fields: Vec<(&str, &str)> = kept.iter().map(|(n, v)| (&**n, &**v)).collect();
        fields.extend_from_slice(more);
        self.post(action, &fields).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_from(path, fields, &[("sec-fetch-site", "same-origin")])
            .await
    }

    /// The same with headers of one's own.
    pub async fn post_from(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Page {
        let mut request = self.client.post(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.sent(request.form(fields)).await
    }

    /// A stream that is opened, or refused: not read to its end.
    pub async fn opened(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = self.client.get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.header(COOKIE, self.cookie()).send().await.unwrap()
    }

    async fn sent(&mut self, mut request: RequestBuilder) -> Page {
        if !self.from.is_empty() {
            request = request.header("x-forwarded-for", &self.from);
        }
        let response = request.header(COOKIE, self.cookie()).send().await;
        self.kept(response.unwrap()).await
    }

    fn cookie(&self) -> String {
        let pairs = self.cookies.iter();
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    async fn kept(&mut self, response: Response) -> Page {
        for value in response.headers().get_all(SET_COOKIE) {
            let whole = value.to_str().unwrap();
            let (name, rest) = whole.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
            self.set.insert(name.to_owned(), whole.to_owned());
        }
        Page {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }
}
