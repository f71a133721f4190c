//! What we say to a warehouse, and how its answers are read.

use connector::mapping::{Json, read};
use serde::Serialize;

/// `POST` of an announcement (RMA/ASN).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Announcement {
    pub(crate) external_reference: String,
    pub(crate) rma_number: String,
    pub(crate) site: String,
    pub(crate) customer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_on: Option<String>,
    pub(crate) lines: Vec<AnnouncementLine>,
}

/// A line of it.
#[derive(Debug, Serialize)]
pub(crate) struct AnnouncementLine {
    pub(crate) line: u32,
    pub(crate) sku: String,
    pub(crate) quantity: String,
    pub(crate) uom: String,
    pub(crate) serials: Vec<String>,
}

/// `POST` of a withdrawal.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cancel {
    pub(crate) external_reference: String,
    pub(crate) reason: String,
}

/// `POST` of a message to the customer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Notification {
    pub(crate) key: String,
    pub(crate) recipient: String,
    pub(crate) channel: String,
    pub(crate) milestone: String,
    pub(crate) milestone_seq: u32,
    pub(crate) rma: String,
    pub(crate) text: String,
    pub(crate) values: std::collections::BTreeMap<String, String>,
}

/// A document of the partner, as far as we look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) id: String,
    /// Our keys that it carries.
    pub(crate) keys: Vec<String>,
    pub(crate) rma: Option<String>,
    pub(crate) status: Option<String>,
    /// Article and quantity of each line.
    pub(crate) lines: Vec<(String, String)>,
}

/// Members in which the partner keeps our key.
const KEY_MEMBERS: [&str; 3] = ["externalReference", "cancelReference", "key"];

/// Reads an answer that is one document. `None` when it is not one that we understand.
pub(crate) fn told(body: &[u8]) -> Option<Told> {
    told_json(&read(body).ok()?)
}

/// Reads an answer that is a list of documents: `{"value": […]}` or an array.
pub(crate) fn told_list(body: &[u8]) -> Option<Vec<Told>> {
    let json = read(body).ok()?;
    let list = json.get("value").unwrap_or(&json).items()?;
    list.iter().map(told_json).collect()
}

fn told_json(json: &Json) -> Option<Told> {
    let text = |name: &str| Some(json.get(name)?.as_text()?.to_owned());
    let lines = json.get("lines").and_then(Json::items).unwrap_or_default();
    let line = |line: &Json| {
        let quantity = match line.get("quantity")? {
            Json::Number(number) => number.to_string(),
            other => other.as_text()?.to_owned(),
        };
        Some((line.get("sku")?.as_text()?.to_owned(), quantity))
    };
    Some(Told {
        id: text("asnId").or_else(|| text("id"))?,
        keys: KEY_MEMBERS.iter().filter_map(|name| text(name)).collect(),
        rma: text("rmaNumber").or_else(|| text("rma")),
        status: text("status"),
        lines: lines.iter().filter_map(line).collect(),
    })
}
