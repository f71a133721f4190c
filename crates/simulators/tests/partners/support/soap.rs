//! A caller of the SOAP ERP, and eyes for its answers.

use http::StatusCode;
use quick_xml::events::Event;
use quick_xml::reader::NsReader;
use simulators::erp_soap::{Config, SoapSim};

use super::client;

pub(crate) const FINANCE: &str = "urn:legacy:finance:v2";
pub(crate) const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(crate) const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl Answer {
    /// The text of every element of this local name, in order.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let mut reader = NsReader::from_str(&self.body);
        let mut open: Vec<(String, String)> = Vec::new();
        let mut found = Vec::new();
        loop {
            match reader.read_event().expect("well-formed") {
                Event::Start(start) => {
                    let name = start.local_name().as_ref().to_owned();
                    open.push((name, String::new()));
                }
                Event::Empty(start) if start.local_name().as_ref() == name => {
                    found.push(String::new());
                }
                Event::Text(text) => {
                    if let Some((_, so_far)) = open.last_mut() {
                        so_far.push_str(&text.xml10_content());
                    }
                }
                Event::End(_) => {
                    let (ended, text) = open.pop().unwrap();
                    if ended == name {
                        found.push(text);
                    }
                }
                Event::Eof => return found,
                _ => {}
            }
        }
    }

    pub(crate) fn one(&self, name: &str) -> String {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "{name} in {}", self.body);
        all[0].clone()
    }

    /// It was posted.
    pub(crate) fn posted(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        assert!(self.all("TYPE").contains(&"S".to_owned()), "{}", self.body);
        self.one("Number")
    }

    /// It was refused by a fault.
    pub(crate) fn fault(&self, code: &str) {
        assert_eq!(self.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(self.all("Code").last().unwrap(), code, "{}", self.body);
    }

    /// It was refused although HTTP is content.
    pub(crate) fn refused(&self, code: &str) {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        assert_eq!(self.one("TYPE"), "E", "{}", self.body);
        assert_eq!(self.one("CODE"), code);
        assert_eq!(self.one("Document"), "");
    }
}

pub(crate) struct SoapCaller {
    pub(crate) erp: SoapSim,
    pub(crate) client: reqwest::Client,
}

impl SoapCaller {
    pub(crate) async fn of(config: Config) -> Self {
        Self {
            erp: SoapSim::start(config).await.unwrap(),
            client: client(),
        }
    }

    /// Sends an operation in SOAP 1.1.
    pub(crate) async fn call(&self, operation: &str, inner: &str) -> Answer {
        self.try_call(operation, "", inner).await.unwrap()
    }

    pub(crate) async fn try_call(
        &self,
        operation: &str,
        header: &str,
        inner: &str,
    ) -> reqwest::Result<Answer> {
        let body = envelope(SOAP_11, operation, header, inner);
        let request = self
            .client
            .post(self.erp.endpoint())
            .header("content-type", "text/xml; charset=utf-8")
            .header("soapaction", format!("\"{FINANCE}#{operation}\""))
            .body(body);
        send(request).await
    }

    /// Sends an operation in SOAP 1.2.
    pub(crate) async fn call_12(&self, operation: &str, inner: &str) -> Answer {
        let kind = format!("application/soap+xml; action=\"{FINANCE}#{operation}\"");
        let body = envelope(SOAP_12, operation, "", inner);
        let request = self.client.post(self.erp.endpoint());
        send(request.header("content-type", kind).body(body))
            .await
            .unwrap()
    }

    pub(crate) async fn find(&self, kind: &str, key: &str) -> Answer {
        let inner = format!("<f:Kind>{kind}</f:Kind><f:ExternalKey>{key}</f:ExternalKey>");
        self.call("FindDocument", &inner).await
    }
}

pub(crate) async fn send(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let status = response.status();
    let content_type = response.headers().get("content-type");
    let content_type = content_type.map(|kind| kind.to_str().unwrap().to_owned());
    Ok(Answer {
        status,
        content_type: content_type.unwrap_or_default(),
        body: response.text().await?,
    })
}

pub(crate) fn envelope(soap: &str, operation: &str, header: &str, inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <e:Envelope xmlns:e=\"{soap}\" xmlns:f=\"{FINANCE}\"><e:Header>{header}</e:Header>\
         <e:Body><f:{operation}>{inner}</f:{operation}></e:Body></e:Envelope>"
    )
}

/// A memo that adds up: 66.00 + 5.45 − 9.90.
pub(crate) fn memo(key: &str) -> String {
    format!(
        "<f:Memo><f:ExternalKey>{key}</f:ExternalKey><f:Customer>C10010</f:Customer><f:Currency>USD</f:Currency>\
         <f:DocumentDate>2026-03-02</f:DocumentDate><f:PostingDate>2026-03-02</f:PostingDate>\
         <f:Invoice>INV-1</f:Invoice><f:RmaNumber>RMA-1</f:RmaNumber>\
         <f:Lines><f:Line><f:LineNo>1</f:LineNo><f:Item>SKU-100</f:Item><f:Text>drill &amp; case</f:Text>\
         <f:Quantity>3</f:Quantity><f:Unit>EA</f:Unit><f:Net>66.00</f:Net>\
         <f:Taxes><f:Tax><f:Code>US-TX/SALES</f:Code><f:Rate>8.25</f:Rate><f:Amount>5.45</f:Amount></f:Tax></f:Taxes>\
         </f:Line></f:Lines>\
         <f:Charges><f:Charge><f:Code>RESTOCKING</f:Code><f:Net>9.90</f:Net><f:Tax>0.00</f:Tax></f:Charge></f:Charges>\
         <f:Net>56.10</f:Net><f:Tax>5.45</f:Tax><f:Gross>61.55</f:Gross></f:Memo>"
    )
}

pub(crate) fn movement(key: &str, kind: &str, statuses: &str) -> String {
    format!(
        "<f:Movement><f:ExternalKey>{key}</f:ExternalKey><f:Type>{kind}</f:Type><f:Site>DC-EAST</f:Site>\
         <f:PostingDate>2026-03-02</f:PostingDate><f:RmaNumber>RMA-1</f:RmaNumber>\
         <f:Lines><f:Line><f:LineNo>1</f:LineNo><f:Item>SKU-100</f:Item><f:Quantity>3</f:Quantity><f:Unit>EA</f:Unit>\
         {statuses}</f:Line></f:Lines></f:Movement>"
    )
}

pub(crate) fn order(key: &str, customer: &str) -> String {
    format!(
        "<f:Order><f:ExternalKey>{key}</f:ExternalKey><f:Customer>{customer}</f:Customer>\
         <f:RmaNumber>RMA-1</f:RmaNumber><f:DocumentDate>2026-03-02</f:DocumentDate>\
         <f:Lines><f:Line><f:LineNo>1</f:LineNo><f:Item>SKU-100</f:Item><f:Quantity>3</f:Quantity>\
         <f:Unit>EA</f:Unit></f:Line></f:Lines></f:Order>"
    )
}

pub(crate) fn reversal(key: &str, of: &str) -> String {
    format!(
        "<f:Reversal><f:ExternalKey>{key}</f:ExternalKey><f:ReversesKey>{of}</f:ReversesKey></f:Reversal>"
    )
}
