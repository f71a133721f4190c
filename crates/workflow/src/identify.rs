//! Somebody says whose unannounced goods are: a sale, another return, or nobody's.

use canonical::exception::Severity;
use canonical::identification::{Identification, Identified, Sale};
use canonical::{
    BusinessCode, DenialReason, Event, EventData, ExceptionCode, Lifecycle, ReturnName,
};

use crate::lifecycle::withdraw_approvals;
use crate::park::Early;
use crate::state::ReturnState;
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{authorize, blind, eligibility, invoiced, keys, request, reservation};

/// Takes in whose goods are. It may be said anew until the return is decided on; what could not be decided, or would have
/// to be declined, is refused, and the return stays as it was.
pub(crate) fn record(work: &mut Work<'_>, asked: &Identification) -> Verdict {
    if !blind::is_pending(&work.state) {
        let why = format!(
            "return {} is {} and holds no goods that wait for somebody to say whose they are",
            work.state.header.rma_number, work.state.header.lifecycle
        );
        return refuse(work, asked, why);
    }
    let before = (work.state.clone(), work.step.clone());
    let done = match &asked.found {
        Identified::Sale(sale) => sold(work, asked, sale),
        Identified::Return { return_id } => hand_over(work, asked, return_id),
        Identified::Unidentifiable { channel } => {
            give_up(work, channel.as_deref());
            Ok(())
        }
    };
    match done {
        Ok(()) => Verdict::Applied,
        Err(why) => {
            (work.state, work.step) = before;
            refuse(work, asked, why)
        }
    }
}

/// The goods were sold to a customer: the return is decided on as if it had been asked for so.
fn sold(work: &mut Work<'_>, asked: &Identification, sale: &Sale) -> Result<(), String> {
    start_anew(work);
    let header = &mut work.state.header;
    header.channel.clone_from(&sale.channel);
    header.customer_segment.clone_from(&sale.customer_segment);
    header.customer_account.clone_from(&sale.customer_account);
    let bill_to = sale.bill_to.as_ref().unwrap_or(&sale.customer_account);
    header.bill_to.clone_from(bill_to);
    header.ship_from.clone_from(&sale.ship_from);
    header.currency = sale.currency;
    header.base_currency = sale.base_currency.unwrap_or(sale.currency);
    header.fx_rate = sale.fx_rate;
    header.lifecycle = Lifecycle::Requested;
    work.state.request.by = Some(asked.requested_by.clone());
    work.state.lines = sale.lines.iter().map(request::line).collect();
    if let Some(blind) = &mut work.state.blind {
        blind.identified = true;
    }
    blind::known(work);
    for code in [
        ExceptionCode::SchemaInvalid,
        ExceptionCode::UomInexact,
        ExceptionCode::FxVariance,
    ] {
        work.cured(code, eligibility::ABOUT);
    }
    let known = work.step.exceptions.len();
    request::evaluate(work, false);
    let rma = &work.state.header.rma_number;
    let raised = work.step.exceptions.get(known..).unwrap_or_default();
    match (work.state.header.lifecycle, raised.last()) {
        (Lifecycle::Declined, _) => Err(format!(
            "the goods of return {rma} cannot come back from that sale: other returns hold the units of its invoice lines"
        )),
        (Lifecycle::Requested, Some(problem)) => Err(format!(
            "the goods of return {rma} cannot be decided on as that sale: {}",
            problem.reason
        )),
        _ => Ok(()),
    }
}

/// What was said before, and what followed from it, is over.
fn start_anew(work: &mut Work<'_>) {
    blind::let_go(work);
    reservation::begin_anew(work);
    withdraw_approvals(work, |_| true);
}

/// The goods belong to another return: it is told everything about them as if it had been named, and so is whatever comes
/// of them from now on.
fn hand_over(work: &mut Work<'_>, asked: &Identification, to: &str) -> Result<(), String> {
    if to == work.state.return_id() {
        return Err(format!(
            "return {} cannot take its own goods: name another one",
            work.state.header.rma_number
        ));
    }
    start_anew(work);
    invoiced::withdraw(work);
    for early in std::mem::take(&mut work.state.early) {
        pass(work, to, fact(early));
    }
    if let Some(blind) = &mut work.state.blind {
        blind.handed_to = Some(to.to_owned());
    }
    blind::known(work);
    work.enter(Lifecycle::Cancelled);
    let note = format!("its goods belong to return {to}: {}", asked.reason);
    work.milestone_with(BusinessCode::R230, vec![note]);
    Ok(())
}

/// Nobody can tell whose the goods are: the return is declined, and they stay on hold until they are sent away.
fn give_up(work: &mut Work<'_>, channel: Option<&str>) {
    start_anew(work);
    invoiced::withdraw(work);
    if let Some(channel) = channel {
        channel.clone_into(&mut work.state.header.channel);
    }
    blind::known(work);
    authorize::decline(work, DenialReason::Unidentifiable);
}

fn fact(early: Early) -> EventData {
    match early {
        Early::InTransit(transit) => EventData::GoodsInTransit(transit),
        Early::Receipt(receipt) => EventData::ReceiptRecorded(receipt),
        Early::Reversal(reversal) => EventData::ReceiptReversed(reversal),
        Early::Inspection(inspection) => EventData::InspectionFinalized(inspection),
        Early::Disposition(disposition) => EventData::DispositionDecided(disposition),
        Early::Snapshot(told) => EventData::SnapshotReported(told),
    }
}

/// The return that goods were handed over to, if that is what became of them.
pub(crate) fn handed_to(state: &ReturnState) -> Option<&str> {
    state.blind.as_ref()?.handed_to.as_deref()
}

/// Hands a later fact about goods on that were handed over. None: it is no such fact.
pub(crate) fn follow(work: &mut Work<'_>, data: &EventData) -> Option<Verdict> {
    let to = handed_to(&work.state)?.to_owned();
    let is_fact = matches!(
        data,
        EventData::GoodsInTransit(_)
            | EventData::ReceiptRecorded(_)
            | EventData::ReceiptReversed(_)
            | EventData::InspectionFinalized(_)
            | EventData::DispositionDecided(_)
            | EventData::SnapshotReported(_)
    );
    is_fact.then(|| {
        if pass(work, &to, data.clone()) {
            Verdict::Applied
        } else {
            Verdict::Duplicate
        }
    })
}

/// Tells another return a fact about its goods. A snapshot goes with the name of the record that counts: the other return may
/// have one of its own.
fn pass(work: &mut Work<'_>, to: &str, mut data: EventData) -> bool {
    let told_as = work
        .state
        .blind
        .as_ref()
        .map(|blind| blind.told_as().to_owned());
    if let (EventData::SnapshotReported(told), Some(told_as)) = (&mut data, told_as) {
        told.record.get_or_insert(told_as);
    }
    pass_on(work, to, data)
}

/// Tells another return a fact, once. Its key follows from the fact. False if that was done already.
fn pass_on(work: &mut Work<'_>, to: &str, data: EventData) -> bool {
    let text = data.to_json();
    let text = text.as_ref().map_or("", |json| json.get());
    let key = keys::handed_over(work.state.return_id(), to, text);
    if work.state.done.contains(&key.0) {
        return false;
    }
    work.state.done.push(key.0.clone());
    let occurred_at = match &data {
        EventData::ReceiptRecorded(receipt) => receipt.received_at,
        _ => work.at,
    };
    work.step.tell.push(Event {
        key,
        subject: ReturnName::Id(to.to_owned()),
        occurred_at,
        data,
    });
    true
}

fn refuse(work: &mut Work<'_>, asked: &Identification, why: String) -> Verdict {
    work.raise(Problem {
        code: ExceptionCode::NotAllowedNow,
        severity: Severity::Warning,
        about: &format!("identify/{}", asked.request_id),
        reason: why.clone(),
    });
    Verdict::Ignored(why)
}
