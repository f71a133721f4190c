//! Goods that came without a return: a return of their own holds them until somebody says whose they are.
//!
//! Until then they are facts that came before their turn ([`crate::park`]), as with any return that is not decided on; and
//! they are shown on hold, so that nobody has to know that. When the return is authorised the same facts are taken in
//! as if they came then, and not before does the ERP learn of the goods or anything become due for them.

use canonical::event::{GoodsInTransit, TimerKind};
use canonical::exception::Severity;
use canonical::header::ReturnRequest;
use canonical::line::ReturnLine;
use canonical::receipt::Receipt;
use canonical::{
    BusinessCode, Event, EventData, ExceptionCode, Lifecycle, Qty, Ratio, Reason, ReturnName,
    ReturnType, StockStatus, TrackingMode,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::apply;
use crate::buckets::{Bucket, Buckets};
use crate::cascade::{self, Candidate};
use crate::held::{Held, held, receipts, sum};
use crate::keys::UNANNOUNCED;
use crate::park::Early;
use crate::plan::to_base;
use crate::policy::{BlindTerms, Policy};
use crate::request;
use crate::state::{LineState, ReturnState};
use crate::step::{Given, Step, Verdict};
use crate::work::{Problem, Work};

/// What the exception about goods that nobody knows is about.
pub(crate) const ABOUT: &str = "blind";
/// What the one about the time that is over for it is about.
pub(crate) const OVERDUE: &str = "blind/overdue";

/// What is known of goods that came without a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Blind {
    /// The name under which they were told.
    told_as: String,
    /// Where they stand at the site.
    held_as: StockStatus,
    /// When it is to be known whose they are.
    identify_by: Timestamp,
    /// RMA numbers of open returns that could have been meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<String>,
    /// How much is on hold, as the warehouse counted it.
    #[serde(default)]
    held: Qty,
    /// Somebody said whose they are.
    #[serde(default, skip_serializing_if = "crate::state::is_false")]
    pub(crate) identified: bool,
    /// Id of the return that they were handed over to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) handed_to: Option<String>,
}

impl Blind {
    fn new(told_as: &ReturnName, terms: &BlindTerms, identify_by: Timestamp) -> Self {
        Self {
            told_as: told_as.to_string(),
            held_as: terms.hold_status,
            identify_by,
            candidates: Vec::new(),
            held: Qty::ZERO,
            identified: false,
            handed_to: None,
        }
    }

    /// The name under which they were told.
    pub(crate) fn told_as(&self) -> &str {
        &self.told_as
    }

    /// RMA numbers of open returns that could have been meant.
    pub(crate) fn candidates(&self) -> &[String] {
        &self.candidates
    }
}

/// Opens a return for a receipt, or a snapshot by which something came, that names none which is known. The same fact opens
/// the same return, always.
pub(crate) fn open(
    event: &Event,
    given: &Given<'_>,
    policy: &Policy,
    candidates: &[Candidate],
) -> Step {
    let early = match &event.data {
        EventData::ReceiptRecorded(receipt) => Early::Receipt(receipt.clone()),
        EventData::SnapshotReported(told) => Early::Snapshot(told.clone()),
        _ => return Step::nothing(Verdict::UnknownReturn),
    };
    let (Some(terms), Some(came)) = (policy.blind_return(), cascade::arrival(event)) else {
        return Step::nothing(Verdict::UnknownReturn);
    };
    let fresh = request::fresh(&as_request(&came, policy), given);
    let mut work = Work::new(fresh, *given, event.key.as_str());
    work.at = event.occurred_at.min(given.now);
    work.step.references = request::own_names(&work.state.header);
    work.step.references.extend(learnt_name(&event.subject));
    let due_at = work.in_hours(terms.identify_hours);
    let mut blind = Blind::new(&event.subject, terms, due_at);
    blind.candidates = candidates.iter().map(|c| c.rma_number.clone()).collect();
    work.state.blind = Some(blind);
    work.state.header.lifecycle = Lifecycle::PendingAuthorization;
    work.set_timer(TimerKind::IdentifySla, "", due_at);
    apply::keep_early(&mut work, early);
    apply::advance(&mut work);
    work.finish(Verdict::Applied)
}

/// The return that nobody asked for, as if somebody had: customer and channel are not known.
fn as_request(receipt: &Receipt, policy: &Policy) -> ReturnRequest {
    ReturnRequest {
        system: UNANNOUNCED.to_owned(),
        request_id: format!("{}/{}", receipt.site, receipt.receipt_id),
        rma_number: None,
        return_type: ReturnType::Blind,
        legal_entity: policy.entity.clone(),
        channel: String::new(),
        customer_segment: None,
        customer_account: String::new(),
        bill_to: None,
        ship_from: None,
        currency: policy.base_currency,
        base_currency: None,
        fx_rate: Ratio::ONE,
        requested_at: receipt.received_at,
        tz: policy.tz.clone(),
        return_to_site: receipt.site.clone(),
        requested_by: None,
        external_refs: Vec::new(),
        lines: Vec::new(),
    }
}

/// The name under which goods are found that were told under it, apart from the names that returns have themselves: a
/// return that has it is opened all the same. None for our own ids.
pub fn learnt_name(name: &ReturnName) -> Option<(String, String)> {
    let (space, value) = request::reference(name)?;
    Some((format!("goods/{space}"), value))
}

/// True while the return holds goods that nobody has decided on.
pub(crate) fn is_pending(state: &ReturnState) -> bool {
    state.blind.is_some() && !state.takes_goods()
}

/// Tracking and serial numbers under which the goods that wait were told.
pub(crate) fn numbers(state: &ReturnState) -> (Vec<&str>, Vec<&str>) {
    let receipts = || receipts(state).filter(|_| state.blind.is_some());
    let tracking = receipts().filter_map(|receipt| receipt.tracking_no.as_deref());
    let lines = receipts().flat_map(|receipt| &receipt.lines);
    let serials = lines.flat_map(|line| line.serials.iter().map(String::as_str));
    let parcels = state.early.iter().filter_map(|early| match early {
        Early::InTransit(GoodsInTransit { tracking_no, .. }) => Some(tracking_no.as_str()),
        _ => None,
    });
    (tracking.chain(parcels).collect(), serials.collect())
}

/// The line that goods of an item are shown on, and how much they are in its base units.
fn home(state: &ReturnState, goods: &Held) -> Option<(usize, Qty)> {
    let lines = state.lines.iter().enumerate();
    let mut mine = lines.filter(|(_, line)| line.is_item(&goods.sku));
    mine.find_map(|(index, line)| Some((index, to_base(&line.line, goods.qty, &goods.uom)?)))
}

/// Goods on hold that are on no line, as the warehouse counted them: of an item that the sale, as told, does not have.
pub(crate) fn unplaced(state: &ReturnState) -> Qty {
    if !is_pending(state) {
        return Qty::ZERO;
    }
    let goods = held(state);
    let strays = goods.iter().filter(|goods| home(state, goods).is_none());
    sum(strays)
}

/// Shows the goods on hold, and that somebody must say whose they are, for as long as nobody has.
pub(crate) fn watch(work: &mut Work<'_>) {
    if !is_pending(&work.state) {
        return;
    }
    let goods = held(&work.state);
    let is_identified = work.state.blind.as_ref().is_some_and(|b| b.identified);
    if !is_identified {
        list(&mut work.state, &goods);
    }
    hold(&mut work.state, &goods);
    let total = sum(goods.iter());
    let Some(blind) = &mut work.state.blind else {
        return;
    };
    let was = std::mem::replace(&mut blind.held, total);
    if total != was {
        let note = format!(
            "{total} held as {} without a return: told under {}",
            blind.held_as, blind.told_as
        );
        work.milestone_with(BusinessCode::R320, vec![note]);
    }
    if is_identified {
        known(work);
    } else if total.is_zero() {
        taken_back(work);
    } else {
        remind(work, &goods);
    }
}

/// The lines of a return that nobody has told: what came, one for each item and unit.
fn list(state: &mut ReturnState, goods: &[Held]) {
    for goods in goods {
        let known = state
            .lines
            .iter_mut()
            .find(|line| line.line.sku == goods.sku && line.line.uom == goods.uom);
        if let Some(line) = known {
            line.line.qty_requested = goods.qty;
            line.base = goods.qty;
            continue;
        }
        let number = u32::try_from(state.lines.len() + 1).unwrap_or(u32::MAX);
        state.lines.push(LineState {
            line: nameless(state.return_id(), number, goods),
            base: goods.qty,
            buckets: Buckets::default(),
            claims: Vec::new(),
            freed: Vec::new(),
            pool: Vec::new(),
            facts: None,
        });
    }
}

fn nameless(return_id: &str, line_no: u32, goods: &Held) -> ReturnLine {
    ReturnLine {
        line_no,
        line_id: format!("{return_id}-{line_no}"),
        parent_line_id: None,
        order_ref: None,
        invoice_ref: None,
        sku: goods.sku.clone(),
        gtin: None,
        customer_sku: None,
        qty_requested: goods.qty,
        qty_authorized: Qty::ZERO,
        uom: goods.uom.clone(),
        base_per_uom: Ratio::ONE,
        reason: Reason::Unknown,
        customer_note: None,
        tracking_mode: TrackingMode::None,
        expected_serials: Vec::new(),
        expected_lots: Vec::new(),
        invoiced: None,
        claimed_unit_price: None,
        supplier_return: None,
        replacement: None,
        evidence: Vec::new(),
    }
}

/// Moves the goods into the hold of their lines, or what was taken back out of it.
fn hold(state: &mut ReturnState, goods: &[Held]) {
    let mut wanted = vec![Qty::ZERO; state.lines.len()];
    for (index, base) in goods.iter().filter_map(|goods| home(state, goods)) {
        if let Some(sum) = wanted.get_mut(index) {
            *sum = sum.checked_add(base).unwrap_or(*sum);
        }
    }
    for (line, wanted) in state.lines.iter_mut().zip(wanted) {
        let there = line.buckets.get(Bucket::UnmatchedHold);
        let (more, less) = (wanted.minus_floor(there), there.minus_floor(wanted));
        line.buckets
            .shift(Bucket::Outside, Bucket::UnmatchedHold, more);
        line.buckets
            .shift(Bucket::UnmatchedHold, Bucket::Outside, less);
    }
}

/// The goods are decided on: the facts about them say now where they go.
pub(crate) fn let_go(work: &mut Work<'_>) {
    if work.state.blind.is_none() {
        return;
    }
    for line in &mut work.state.lines {
        let there = line.buckets.get(Bucket::UnmatchedHold);
        line.buckets
            .shift(Bucket::UnmatchedHold, Bucket::Outside, there);
    }
}

/// Nobody has to find out any more whose the goods are.
pub(crate) fn known(work: &mut Work<'_>) {
    work.drop_timer(TimerKind::IdentifySla, "");
    work.cured(ExceptionCode::UnmatchedReceipt, ABOUT);
    work.cured(ExceptionCode::UnmatchedReceipt, OVERDUE);
}

/// Everything that came was taken back by its warehouse: there is nothing to find out.
fn taken_back(work: &mut Work<'_>) {
    known(work);
    work.enter(Lifecycle::Cancelled);
    let note = "the warehouse took back everything that came without a return".to_owned();
    work.milestone_with(BusinessCode::R230, vec![note]);
}

/// The exceptions that are open for as long as nobody says whose the goods are.
fn remind(work: &mut Work<'_>, goods: &[Held]) {
    let Some(blind) = &work.state.blind else {
        return;
    };
    let goods = goods.iter().filter(|held| held.qty.is_positive());
    let goods: Vec<String> = goods
        .map(|held| format!("{} {} of item {}", held.qty, held.uom, held.sku))
        .collect();
    let what = format!(
        "{} came to site {} under {}",
        goods.join(", "),
        work.state.header.return_to_site,
        blind.told_as
    );
    let whose = match blind.candidates.as_slice() {
        [] => "no open return expects them".to_owned(),
        several => format!(
            "returns {} expect such goods, and nothing tells which is meant",
            several.join(", ")
        ),
    };
    let id = &work.state.header.return_id;
    let fix = format!(
        "say whose they are, that they belong to another return, or that nobody can tell \
         (POST /v1/returns/{id}/identification); nothing is credited before"
    );
    let first = format!("{what}: {whose}; they stand in {}: {fix}", blind.held_as);
    let is_late = work.given.now >= blind.identify_by;
    let late = format!(
        "{what}, and nobody has found out by {} whose they are: {fix}",
        blind.identify_by
    );
    work.raise_until_cured(Problem {
        code: ExceptionCode::UnmatchedReceipt,
        severity: Severity::Warning,
        about: ABOUT,
        reason: first,
    });
    if is_late {
        work.raise_until_cured(Problem {
            code: ExceptionCode::UnmatchedReceipt,
            severity: Severity::Error,
            about: OVERDUE,
            reason: late,
        });
    }
}

/// The time to find out is over: [`watch`] raises the exception.
pub(crate) fn overdue(work: &Work<'_>) -> Verdict {
    let blind = work.state.blind.as_ref().filter(|b| !b.identified);
    let Some(blind) = blind.filter(|_| is_pending(&work.state)) else {
        return Verdict::Duplicate;
    };
    if work.given.now < blind.identify_by {
        let by = blind.identify_by;
        return Verdict::Ignored(format!("the goods are to be identified by {by} only"));
    }
    if work.is_open(ExceptionCode::UnmatchedReceipt, OVERDUE) {
        return Verdict::Duplicate;
    }
    Verdict::Applied
}
