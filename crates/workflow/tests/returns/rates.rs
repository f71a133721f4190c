//! Returns in another currency than the books: at the invoice's rate, whoever told it, and never 1:1 for want of one.

use crate::blind;
use crate::invoiced::{answer, asking, bare, told};
use crate::world::World;
use crate::world::facts::{asked, disposed, inspected, line, received, request};
use canonical::header::ReturnRequest;
use canonical::identification::Identified;
use canonical::invoice::InvoicedLine;
use canonical::line::ReturnLine;
use canonical::{
    Condition, Currency, DispositionAction, EffectKind, EventData, ExceptionCode, Lifecycle, Ratio,
};
use workflow::{ReturnState, Verdict};

const RATE: Ratio = Ratio { num: 11, den: 10 };

/// A return in euros of an entity whose books are in dollars.
fn in_euros(mut lines: Vec<ReturnLine>, base_currency: Option<Currency>) -> ReturnRequest {
    for invoiced in lines.iter_mut().filter_map(|line| line.invoiced.as_mut()) {
        invoiced.ccy = Currency::EUR;
    }
    ReturnRequest {
        currency: Currency::EUR,
        base_currency,
        ..request(lines)
    }
}

fn told_at(line_no: u32, fx_rate: Ratio) -> InvoicedLine {
    let mut told = told(line_no);
    told.invoiced.ccy = Currency::EUR;
    told.invoiced.fx_rate = fx_rate;
    told
}

fn came_back(world: &mut World) {
    world.tell(received("R1", &[("SKU-1", 3)]));
    world.tell(inspected("I1", &[("SKU-1", 3, Condition::ANewSealed)]));
    world.tell(disposed("D1", &[("SKU-1", 3, DispositionAction::Restock)]));
}

/// What is wrong with the rate, in words.
fn complaint(world: &World) -> String {
    let mut raised = world.exceptions.values();
    let raised = raised.find(|raised| raised.code == ExceptionCode::FxVariance);
    raised.unwrap().reason.clone()
}

#[test]
fn without_a_rate_nothing_is_authorised_nor_converted() {
    for base_currency in [None, Some(Currency::USD), Some(Currency::KWD)] {
        let mut world = World::new("per_receipt");
        let event = asked(in_euros(vec![line(1, 3)], base_currency));
        world.tell(event.clone());
        assert_eq!(world.state().lifecycle(), Lifecycle::Requested);
        let says = complaint(&world);
        for word in ["EUR", "USD", "baseCurrency", "fxRate", "1:1"] {
            assert!(says.contains(word), "{word}: {says}");
        }
        assert!(world.claims.is_empty(), "nothing is reserved");
        world.replay(event, Some(ExceptionCode::FxVariance));
        came_back(&mut world);
        assert!(world.state().credits().is_empty());
        assert!(world.state().approvals().is_empty());
        assert_eq!(world.raised(ExceptionCode::FxVariance), 1);
    }
}

#[test]
fn a_rate_into_another_currency_than_the_books_is_none() {
    let mut world = World::new("per_receipt");
    let mut wanted = in_euros(vec![line(1, 3)], Some(Currency::KWD));
    wanted.fx_rate = RATE;
    world.tell(asked(wanted));
    assert_eq!(world.state().lifecycle(), Lifecycle::Requested);
    assert!(complaint(&world).contains("rate into KWD"));
}

#[test]
fn a_return_in_the_currency_of_the_books_needs_no_rate() {
    let mut world = World::new("per_receipt");
    world.tell(asked(request(vec![line(1, 3)])));
    came_back(&mut world);
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1);
}

#[test]
fn the_rate_of_the_lines_is_that_of_the_return() {
    let mut world = World::new("per_receipt");
    let mut wanted = in_euros(vec![line(1, 3), line(2, 2)], None);
    for line in &mut wanted.lines {
        line.invoiced.as_mut().unwrap().fx_rate = RATE;
    }
    let mut others = wanted.clone();
    world.tell(asked(wanted));
    let header = world.state().header();
    assert_eq!(header.lifecycle, Lifecycle::Authorized);
    assert_eq!(
        (header.base_currency, header.fx_rate),
        (Currency::USD, RATE)
    );

    let mut world = World::new("per_receipt");
    others.lines[1].invoiced.as_mut().unwrap().fx_rate = Ratio { num: 6, den: 5 };
    world.tell(asked(others));
    assert_eq!(world.state().lifecycle(), Lifecycle::Requested);
    assert!(complaint(&world).contains("different rates"));
}

#[test]
fn the_erp_is_asked_for_the_rate_and_what_the_request_told_stays() {
    let mut world = asking();
    let wanted = in_euros(vec![line(1, 3), bare(2, "INV-1")], None);
    let own = wanted.lines[0].invoiced.clone().unwrap();
    world.tell(asked(wanted));
    assert_eq!(world.state().lifecycle(), Lifecycle::Requested);
    assert_eq!(world.raised(ExceptionCode::FxVariance), 0, "it is asked");
    let document = own_document(&world);

    let wrong = answer(
        &mut world,
        &document,
        vec![told_at(1, Ratio::ONE), told_at(2, Ratio::ONE)],
    );
    assert_eq!(world.raised(ExceptionCode::MasterDataMissing), 1);
    assert_eq!(world.state().lifecycle(), Lifecycle::Requested);

    world.replay(wrong, Some(ExceptionCode::MasterDataMissing));
    let mut other_price = told_at(1, RATE);
    other_price.invoiced.amount_minor = 1;
    answer(&mut world, &document, vec![other_price, told_at(2, RATE)]);
    let header = world.state().header();
    assert_eq!(header.lifecycle, Lifecycle::Authorized);
    assert_eq!(
        (header.base_currency, header.fx_rate),
        (Currency::USD, RATE)
    );
    let invoiced = world.state().lines()[0].line.invoiced.clone().unwrap();
    assert_eq!(invoiced.amount_minor, own.amount_minor);
    assert_eq!(world.raised(ExceptionCode::MasterDataMissing), 0);
}

/// The invoice of both lines.
fn own_document(world: &World) -> String {
    let mut questions = world.effects.values().filter_map(|(command, _)| {
        let canonical::CommandData::ReadInvoice(question) = &command.data else {
            return None;
        };
        Some((question.document.clone(), question.lines.len()))
    });
    let (document, lines) = questions.next().unwrap();
    assert_eq!((lines, questions.next()), (2, None), "one question");
    document
}

#[test]
fn goods_without_a_return_are_not_sold_at_an_unknown_rate() {
    let mut world = blind::taking();
    world.tell(received("R1", &[("SKU-1", 3)]));
    let EventData::GoodsIdentified(mut found) =
        blind::sold("ID-1", in_euros(vec![line(1, 3)], None).lines)
    else {
        unreachable!()
    };
    let Identified::Sale(sale) = &mut found.found else {
        unreachable!()
    };
    sale.currency = Currency::EUR;
    let told = world.tell(EventData::GoodsIdentified(found.clone()));
    assert!(
        matches!(&told, Verdict::Ignored(why) if why.contains("rate")),
        "{told:?}"
    );

    let Identified::Sale(sale) = &mut found.found else {
        unreachable!()
    };
    (sale.base_currency, sale.fx_rate) = (Some(Currency::USD), RATE);
    "ID-2".clone_into(&mut found.request_id);
    assert_eq!(
        world.tell(EventData::GoodsIdentified(found)),
        Verdict::Applied
    );
    assert_eq!(world.raised(ExceptionCode::FxVariance), 0);
}

/// An older version authorised returns whose rate nobody had told.
#[test]
fn what_was_authorised_without_a_rate_is_not_credited() {
    for base_currency in [Currency::USD, Currency::EUR] {
        let mut world = World::new("per_receipt");
        let mut wanted = in_euros(vec![line(1, 3)], Some(Currency::USD));
        wanted.fx_rate = RATE;
        world.tell(asked(wanted));
        let mut state = serde_json::to_value(world.state()).unwrap();
        state["header"]["base_currency"] = serde_json::json!(base_currency);
        state["header"]["fx_rate"] = serde_json::json!({"num": 1, "den": 1});
        let state: ReturnState = serde_json::from_value(state).unwrap();
        world.state = Some(state);
        came_back(&mut world);
        assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
        assert!(world.state().approvals().is_empty());
        assert!(complaint(&world).contains("nobody has told the invoice's rate"));
    }
}
