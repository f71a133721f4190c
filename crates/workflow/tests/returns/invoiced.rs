//! A request names invoices and tells nothing of them: the ERP's answers, right and wrong.

use crate::world::World;
use crate::world::facts::{asked, cancelled, line, request};
use canonical::effect::{EffectReport, ErpRef};
use canonical::invoice::{InvoiceFacts, InvoicedLine};
use canonical::line::ReturnLine;
use canonical::{
    CommandData, Currency, EffectKind, EffectResult, EventData, ExceptionCode, Lifecycle,
};
use workflow::{Given, Outlook, Verdict, precheck};

pub(crate) fn asking() -> World {
    let shipped = include_str!("../../../../deploy/policy/us01.toml");
    World::with_policy(&format!(
        "{shipped}\n[invoice_facts]\nask_when_missing = true\n"
    ))
}

/// Two pieces of a line of that invoice.
pub(crate) fn bare(line_no: u32, document: &str) -> ReturnLine {
    let mut line = line(line_no, 2);
    line.invoiced = None;
    let reference = line.invoice_ref.as_mut().unwrap();
    document.clone_into(&mut reference.document);
    line
}

pub(crate) fn told(line_no: u32) -> InvoicedLine {
    InvoicedLine {
        line: line_no.to_string(),
        sku: format!("SKU-{line_no}"),
        invoiced: line(line_no, 2).invoiced.unwrap(),
    }
}

/// The ERP answers the question about that invoice that is open.
pub(crate) fn answer(world: &mut World, document: &str, lines: Vec<InvoicedLine>) -> EventData {
    let is_it = |data: &CommandData| matches!(data, CommandData::ReadInvoice(question) if question.document == document);
    let mut open = world
        .effects
        .iter()
        .filter(|(key, (command, _))| !world.confirmed.contains(*key) && is_it(&command.data));
    let key = open.next().unwrap().0.clone();
    world.confirmed.insert(key.clone());
    let facts = InvoiceFacts {
        document: document.to_owned(),
        lines,
    };
    let report = EventData::EffectSettled(EffectReport {
        effect_key: key,
        kind: EffectKind::InvoiceFacts,
        result: EffectResult::Confirmed,
        erp_ref: Some(ErpRef {
            invoice: Some(Box::new(facts)),
            ..ErpRef::new("invoice", document)
        }),
        recovered: false,
        failure_code: String::new(),
        failure_text: String::new(),
        settled_at: world.now,
    });
    world.tell(report.clone());
    report
}

#[test]
fn an_answer_about_one_invoice_does_not_close_what_is_wrong_with_another() {
    let mut world = asking();
    world.tell(asked(request(vec![bare(1, "INV-1"), bare(2, "INV-2")])));
    let wrong = answer(&mut world, "INV-1", Vec::new());
    answer(&mut world, "INV-2", vec![told(2)]);
    assert_eq!(world.state().lifecycle(), Lifecycle::Requested);
    assert_eq!(world.raised(ExceptionCode::MasterDataMissing), 1);

    world.replay(wrong, Some(ExceptionCode::MasterDataMissing));
    answer(&mut world, "INV-1", vec![told(1)]);
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
    assert_eq!(world.raised(ExceptionCode::MasterDataMissing), 0);
    assert_eq!(world.claims.len(), 2, "both lines are reserved");
}

#[test]
fn facts_that_cannot_be_used_are_not_frozen() {
    let mut other_price = told(1);
    other_price.invoiced.amount_minor = 1;
    let mut other_currency = told(1);
    other_currency.invoiced.ccy = Currency::EUR;
    for lines in [vec![told(1), other_price], vec![other_currency]] {
        let mut world = asking();
        world.tell(asked(request(vec![bare(1, "INV-1")])));
        answer(&mut world, "INV-1", lines);
        assert_eq!(world.state().lifecycle(), Lifecycle::Requested);
        assert_eq!(world.raised(ExceptionCode::MasterDataMissing), 1);
        assert_eq!(world.state().lines()[0].line.invoiced, None);
    }
}

#[test]
fn the_outlook_names_the_invoice_that_is_waited_for() {
    let world = asking();
    let given = Given {
        crosswalk_version: "",
        policies: &world.policies,
        now: world.now,
        connector: "test",
        correlation_id: "corr-1",
        causation_id: "event-1",
        claims: &[],
        history: None,
        again: false,
        found: workflow::Found::ByName,
    };
    let seen = precheck(&request(vec![bare(1, "INV-1")]), &given).outlook;
    let Outlook::Undecided { code, reason } = seen else {
        unreachable!("{seen:?}")
    };
    assert_eq!(code, "MASTER_DATA_MISSING");
    assert!(reason.contains("INV-1"), "{reason}");
}

#[test]
fn an_answer_to_a_return_that_was_withdrawn_is_of_no_use() {
    for wrong_first in [false, true] {
        let mut world = asking();
        world.tell(asked(request(vec![bare(1, "INV-1"), bare(2, "INV-2")])));
        if wrong_first {
            answer(&mut world, "INV-2", Vec::new());
            assert_eq!(world.raised(ExceptionCode::MasterDataMissing), 1);
        }
        assert_eq!(world.tell(cancelled()), Verdict::Applied);
        assert_eq!(world.state().lifecycle(), Lifecycle::Cancelled);
        assert_eq!(world.exceptions.len(), 0, "nothing is to be mended");
        answer(&mut world, "INV-1", vec![told(1)]);
        if !wrong_first {
            answer(&mut world, "INV-2", vec![told(2)]);
        }
        assert_eq!(world.state().lifecycle(), Lifecycle::Cancelled);
        assert_eq!(world.state().lines()[0].line.invoiced, None, "not frozen");
        assert_eq!(world.claims, []);
        assert!(world.commands(EffectKind::ErpReturnOrder).is_empty());
        assert_eq!(
            world.commands(EffectKind::InvoiceFacts).len(),
            2,
            "not asked again"
        );
        assert_eq!(world.exceptions.len(), 0);
    }
}
