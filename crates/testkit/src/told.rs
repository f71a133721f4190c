//! Facts of one return, told in a row as a partner tells them.

use canonical::envelope::{Context, Envelope};
use canonical::header::ReturnRequest;
use canonical::{
    Condition, DispositionAction, Event, EventData, MatchMethod, MessageKey, ReturnName,
};
use jiff::Timestamp;

use crate::facts;

/// Ten units of an invoice line of that gross were asked for under that name, came back, were inspected and restocked: what
/// is missing is the credit.
///
/// # Panics
/// If a fact cannot be written as JSON.
pub fn restocked(name: &str, gross_minor: i64) -> Vec<Envelope> {
    let mut line = facts::line(1, 10);
    if let Some(reference) = line.invoice_ref.as_mut() {
        reference.document = format!("INV-{name}");
    }
    if let Some(invoiced) = line.invoiced.as_mut() {
        invoiced.amount_minor = gross_minor;
        invoiced.taxes.clear();
    }
    let mut request = facts::request(vec![line]);
    name.clone_into(&mut request.request_id);
    returned(request)
}

/// What was asked for came back, was inspected and restocked: ten units of the first item.
///
/// # Panics
/// If a fact cannot be written as JSON.
pub fn returned(request: ReturnRequest) -> Vec<Envelope> {
    let name = request.request_id.clone();
    let told = vec![
        facts::asked(request),
        facts::received(&format!("R-{name}"), &[("SKU-1", 10)]),
        facts::inspected(
            &format!("I-{name}"),
            &[("SKU-1", 10, Condition::ANewSealed)],
        ),
        facts::disposed(
            &format!("D-{name}"),
            &[("SKU-1", 10, DispositionAction::Restock)],
        ),
    ];
    of_return(&name, told)
}

/// Facts of the return that the portal calls so.
///
/// # Panics
/// If a fact cannot be written as JSON.
#[expect(clippy::expect_used, reason = "for tests")]
pub fn of_return(name: &str, told: Vec<EventData>) -> Vec<Envelope> {
    let now = Timestamp::now();
    let sealed = told.into_iter().enumerate().map(|(n, data)| {
        let event = Event {
            key: MessageKey(format!("{name}-{n}")),
            subject: ReturnName::External {
                system: "portal".to_owned(),
                value: name.to_owned(),
            },
            occurred_at: now,
            data,
        };
        let context = Context {
            connector: "test".to_owned(),
            correlation_id: String::new(),
            causation_id: String::new(),
            traceparent: String::new(),
            ingested_at: now,
        };
        Envelope::seal(&event, &context).expect("a fact can be written")
    });
    sealed.collect()
}

/// A parcel came to a site that nobody announced, told by its tracking number.
///
/// # Panics
/// If the fact cannot be written as JSON.
#[expect(clippy::expect_used, reason = "for tests")]
pub fn unannounced(site: &str, tracking_no: &str, goods: &[(&str, i32)]) -> Envelope {
    let now = Timestamp::now();
    let mut came = facts::receipt(tracking_no, goods);
    site.clone_into(&mut came.site);
    came.tracking_no = Some(tracking_no.to_owned());
    came.received_at = now;
    for line in &mut came.lines {
        line.match_method = MatchMethod::Tracking;
    }
    let event = Event {
        key: MessageKey::derive(&["receipt", site, tracking_no]),
        subject: ReturnName::External {
            system: "dock.tracking".to_owned(),
            value: tracking_no.to_owned(),
        },
        occurred_at: now,
        data: EventData::ReceiptRecorded(came),
    };
    let context = Context {
        connector: "dock".to_owned(),
        correlation_id: String::new(),
        causation_id: String::new(),
        traceparent: String::new(),
        ingested_at: now,
    };
    Envelope::seal(&event, &context).expect("a fact can be written")
}
