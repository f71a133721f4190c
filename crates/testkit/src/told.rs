//! Facts of one return, told in a row as a partner tells them.

use canonical::envelope::{Context, Envelope};
use canonical::{Condition, DispositionAction, Event, MessageKey, ReturnName};
use jiff::Timestamp;

use crate::facts;

/// Ten units of an invoice line of that gross were asked for under that name, came back, were inspected and restocked: what
/// is missing is the credit.
///
/// # Panics
/// If a fact cannot be written as JSON.
#[expect(clippy::expect_used, reason = "for tests")]
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
    let told = [
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
