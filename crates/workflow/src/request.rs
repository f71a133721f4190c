//! A return is asked for: opened once, recognised when asked for again.

use canonical::exception::Severity;
use canonical::header::{ReturnHeader, ReturnRequest};
use canonical::key::short_hash;
use canonical::line::ReturnLine;
use canonical::{BusinessCode, ExceptionCode, Lifecycle, Qty, ReturnName};

use crate::authorize;
use crate::eligibility::{self, Eligibility};
use crate::history;
use crate::invoiced;
use crate::keys;
use crate::state::{LineState, Requested, ReturnState};
use crate::step::{Given, Verdict};
use crate::work::{Problem, Work};

/// Id of the return that a request opens: the same for the same (system, request).
pub fn return_id_of(request: &ReturnRequest) -> String {
    keys::return_id(request.requested_at, &request.system, &request.request_id)
}

/// Id and RMA number of the return that a request opens.
pub fn names_of(request: &ReturnRequest) -> (String, String) {
    let return_id = return_id_of(request);
    let rma_number = request
        .rma_number
        .clone()
        .unwrap_or_else(|| keys::rma_number(&request.legal_entity, &return_id));
    (return_id, rma_number)
}

/// The state before anything is decided.
pub(crate) fn fresh(request: &ReturnRequest, given: &Given<'_>) -> ReturnState {
    let (return_id, rma_number) = names_of(request);
    let header = ReturnHeader {
        rma_number,
        external_refs: request.external_refs.clone(),
        return_type: request.return_type,
        legal_entity: request.legal_entity.clone(),
        channel: request.channel.clone(),
        customer_segment: request.customer_segment.clone(),
        customer_account: request.customer_account.clone(),
        bill_to: request
            .bill_to
            .clone()
            .unwrap_or_else(|| request.customer_account.clone()),
        ship_from: request.ship_from.clone(),
        currency: request.currency,
        base_currency: request.base_currency.unwrap_or(request.currency),
        fx_rate: request.fx_rate,
        requested_at: request.requested_at,
        authorized_at: None,
        expires_at: None,
        tz: request.tz.clone(),
        return_to_site: request.return_to_site.clone(),
        lifecycle: Lifecycle::Requested,
        policy_version: String::new(),
        crosswalk_version: given.crosswalk_version.to_owned(),
        correlation_id: given.correlation_id.to_owned(),
        hold_flags: Vec::new(),
        return_id,
    };
    let lines = request.lines.iter().map(line);
    ReturnState {
        request: Requested {
            system: request.system.clone(),
            request_id: request.request_id.clone(),
            digest: digest(request),
            by: request.requested_by.clone(),
        },
        lines: lines.collect(),
        code: BusinessCode::R100,
        seq: 0,
        passed: Vec::new(),
        posting: crate::policy::InventoryPosting::default(),
        denial: None,
        tracking: Vec::new(),
        receipts: Vec::new(),
        inspections: Vec::new(),
        dispositions: Vec::new(),
        reversed_dispositions: Vec::new(),
        snapshots: Vec::new(),
        early: Vec::new(),
        inspect_by: None,
        parked_findings: Vec::new(),
        parked_dispositions: Vec::new(),
        slices: Vec::new(),
        credits: Vec::new(),
        label_took: None,
        effects: Vec::new(),
        approvals: Vec::new(),
        cancelling: None,
        holds: Vec::new(),
        blind: None,
        exposure: None,
        supplier_answers: Vec::new(),
        revision: 0,
        amended_by: Vec::new(),
        done: Vec::new(),
        open: Vec::new(),
        header,
    }
}

/// A line before anything is decided.
pub(crate) fn line(told: &ReturnLine) -> LineState {
    LineState {
        line: told.clone(),
        base: told
            .qty_requested
            .times(told.base_per_uom)
            .unwrap_or(Qty::ZERO),
        buckets: crate::buckets::Buckets::default(),
        claims: Vec::new(),
        freed: Vec::new(),
        pool: Vec::new(),
        facts: None,
    }
}

impl ReturnState {
    /// True if that is the request that opened this return, word for word.
    pub fn was_opened_by(&self, request: &ReturnRequest) -> bool {
        self.request.digest == digest(request)
    }
}

fn digest(request: &ReturnRequest) -> String {
    let text = serde_json::to_string(request).unwrap_or_default();
    short_hash(&[&text], 20)
}

/// Name space of RMA numbers that are unique over all legal entities.
const RMA_SPACE: &str = "ext/rma";

/// Opens the return: the first sight of this request.
pub(crate) fn open(work: &mut Work<'_>) -> Verdict {
    work.step.references = references(&work.state);
    work.milestone(BusinessCode::R100);
    evaluate(work, false);
    Verdict::Applied
}

/// Names of a return that somebody asked for, as name space and value.
pub(crate) fn references(state: &ReturnState) -> Vec<(String, String)> {
    let header = &state.header;
    let mut references = own_names(header);
    let asked_as = &state.request;
    references.push((
        format!("ext/{}", asked_as.system),
        asked_as.request_id.clone(),
    ));
    for other in &header.external_refs {
        let reference = (format!("ext/{}", other.system), other.value.clone());
        if !references.contains(&reference) {
            references.push(reference);
        }
    }
    references
}

/// A name as name space and value. None for our own ids.
pub(crate) fn reference(name: &ReturnName) -> Option<(String, String)> {
    match name {
        ReturnName::Id(_) => None,
        ReturnName::Rma { entity, number } => Some((format!("rma/{entity}"), number.clone())),
        ReturnName::External { system, value } => Some((format!("ext/{system}"), value.clone())),
    }
}

/// Names of a return that follow from its RMA number.
pub(crate) fn own_names(header: &ReturnHeader) -> Vec<(String, String)> {
    let mut names = vec![(
        format!("rma/{}", header.legal_entity),
        header.rma_number.clone(),
    )];
    // A number that we gave is unique over all legal entities: warehouses that serve several may use it alone.
    if header.rma_number == keys::rma_number(&header.legal_entity, &header.return_id) {
        names.push((RMA_SPACE.to_owned(), header.rma_number.clone()));
    }
    names
}

/// The request again. One that is stuck for want of a policy is evaluated anew.
pub(crate) fn again(work: &mut Work<'_>, request: &ReturnRequest) -> Verdict {
    let digest = digest(request);
    if digest != work.state.request.digest {
        let reason = format!(
            "request {} of {} came again with other content than before; the first one stands: \
             ask the sender which is right, and for a new request id if it is another return",
            request.request_id, request.system
        );
        work.raise(Problem {
            code: ExceptionCode::IdempotencyConflict,
            severity: Severity::Warning,
            about: &digest,
            reason,
        });
        return Verdict::Duplicate;
    }
    let stuck = work.state.header.lifecycle == Lifecycle::Requested;
    if stuck && !matches!(eligibility::evaluate(work), Eligibility::Stuck { .. }) {
        let before = work.state.clone();
        evaluate(work, true);
        return if work.state == before {
            Verdict::Duplicate
        } else {
            Verdict::Applied
        };
    }
    Verdict::Duplicate
}

/// Authorises, asks a person, or says what is missing. What was invoiced, and at which rate, is asked of the ERP first, if nobody
/// has told it; with `anew` once more.
pub(crate) fn evaluate(work: &mut Work<'_>, anew: bool) {
    if invoiced::waits(work, anew) {
        return;
    }
    invoiced::take_rate(work);
    history::ask_for_credit_only(work);
    match eligibility::evaluate(work) {
        Eligibility::Stuck { code, reason } => {
            work.raise_until_cured(Problem {
                code,
                severity: Severity::Error,
                about: eligibility::ABOUT,
                reason,
            });
        }
        Eligibility::Eligible => authorize::reserve_and_authorize(work),
        Eligibility::NeedsApproval { why } => authorize::ask(work, &why),
    }
}
