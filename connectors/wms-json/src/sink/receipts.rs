//! A page of the list of receipts: events of the same shape as those that are told, read the same way. Pure.

use canonical::receipt::{Receipt, ReceiptReversal};
use canonical::{Event, EventData, ReturnName};
use connector::extract::{ReceiptHeld, ReceiptLineHeld};
use connector::mapping::Json;
use connector::{Extract, Extracted, Failure};

use super::classify::{error, said};
use super::client::Answer;
use crate::codec::WmsCodec;
use crate::failures;
use crate::wire;

/// Reads a page. What is no receipt is left out; an event that cannot be read breaks the list off, because a list with a gap
/// proves nothing. `asks_pages` is false where the path cannot ask for a second one.
pub(super) fn page(
    codec: &WmsCodec,
    instance: &str,
    answer: &Answer,
    asks_pages: bool,
) -> Result<Extract, Failure> {
    let status = answer.status.as_u16();
    if !(200..300).contains(&status) {
        let what = said(status, error(&answer.body).as_ref());
        return Err(match status {
            401 | 403 => Failure::misconfigured(failures::CREDENTIALS, what),
            300..=399 | 404 | 405 => Failure::misconfigured(failures::WRONG_ADDRESS, what),
            _ => Failure::unavailable(failures::SERVER_ERROR, what),
        });
    }
    let unreadable = |failure: Failure| {
        let at = if failure.place.is_empty() {
            String::new()
        } else {
            format!(" at {}", failure.place)
        };
        let what = format!(
            "the list of receipts cannot be read{at}: {}",
            failure.message
        );
        Failure::unavailable(failures::UNREADABLE_ANSWER, what)
    };
    let document = wire::document(&answer.body).map_err(unreadable)?;
    let next = match document.get("next") {
        Some(Json::Text(text)) if !text.is_empty() => Some(text.to_string()),
        Some(Json::Number(number)) => Some(number.to_string()),
        None | Some(Json::Null | Json::Text(_)) => None,
        // Whatever it means, there may be more: a list that was not read to its end proves nothing.
        Some(other) => {
            let what = format!("the list of receipts has a `next` that is no text: {other:?}");
            return Err(Failure::unavailable(failures::UNREADABLE_ANSWER, what));
        }
    };
    if next.is_some() && !asks_pages {
        let what = "the list has a second page, and out.paths.list_receipts has no {page}";
        return Err(Failure::misconfigured(failures::MISCONFIGURED, what));
    }
    let mut documents = Vec::new();
    for event in codec.events(instance, document).map_err(unreadable)? {
        documents.extend(held(event.map_err(unreadable)?));
    }
    Ok(Extract {
        documents,
        next,
        ..Extract::default()
    })
}

fn held(event: Event) -> Option<Extracted> {
    let held = match event.data {
        EventData::ReceiptRecorded(receipt) => received(event.subject, receipt),
        EventData::ReceiptReversed(reversal) => taken_back(event.subject, reversal),
        _ => return None,
    };
    Some(Extracted::Receipt(held))
}

fn received(named: ReturnName, receipt: Receipt) -> ReceiptHeld {
    let lines = receipt.lines.into_iter().map(|line| ReceiptLineHeld {
        line: line.receipt_line_id,
        sku: line.sku_scanned,
        qty: line.qty,
        uom: line.uom,
        serials: line.serials,
        lots: line.lots,
    });
    ReceiptHeld {
        receipt_id: receipt.receipt_id,
        reversal_id: None,
        named,
        site: receipt.site,
        at: receipt.received_at,
        lines: lines.collect(),
    }
}

fn taken_back(named: ReturnName, reversal: ReceiptReversal) -> ReceiptHeld {
    ReceiptHeld {
        receipt_id: reversal.reverses_receipt_id,
        reversal_id: Some(reversal.reversal_id),
        named,
        site: reversal.site,
        at: reversal.reversed_at,
        lines: Vec::new(),
    }
}
