//! What other returns of the same customer were credited: asked for when a decision depends on it, and told of this return
//! to whoever asks next.

use canonical::calculation::{Calculation, Sign};
use canonical::{ComponentType, CreditBasis};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::money_state::{CreditRecord, CreditState};
use crate::policy::Policy;
use crate::state::ReturnState;
use crate::work::Work;

/// The largest amount that is added up, minor units. What cannot be converted counts as this, and no sum overflows.
pub(crate) const LARGEST: i64 = 1_000_000_000_000_000;

/// Days over which credits without receipt are counted.
const NO_RECEIPT_DAYS: i64 = 90;

/// What the customer was credited by other returns, as far as it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct History<'a> {
    /// Gross in minor units of base currency, by invoice ("ENTITY|INVOICE"), within the policy's window.
    pub rolling: &'a [(String, i64)],
    /// Credits without receipt in the last 90 days. None: not looked up.
    pub no_receipt_credits_90d: Option<u32>,
}

/// What has to be looked up before the event can be decided: see [`crate::Step::asks`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryAsk {
    /// Return that asks; its own credits are left out.
    pub return_id: String,
    /// Customer account.
    pub customer: String,
    /// Invoices ("ENTITY|INVOICE"; "ENTITY|" for what has none).
    pub invoices: Vec<String>,
    /// Credits since then count for the sum.
    pub since: Timestamp,
    /// Legal entity, and since when credits without receipt are counted; none if nobody asks for them.
    pub no_receipt: Option<(String, Timestamp)>,
}

/// Part of a credit that goes back to one invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditShare {
    /// "ENTITY|INVOICE"; "ENTITY|" without invoice.
    pub invoice: String,
    /// Gross, minor units of the policy's base currency.
    pub gross_base_minor: i64,
    /// On what ground.
    #[serde(default = "received", skip_serializing_if = "is_received")]
    pub basis: CreditBasis,
}

const fn received() -> CreditBasis {
    CreditBasis::ReceivedInspected
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_received(basis: &CreditBasis) -> bool {
    *basis == CreditBasis::ReceivedInspected
}

/// Where a credit stands, for the sums of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditFactState {
    /// Calculated, waiting or being posted: counts.
    Open,
    /// In the ERP: counts.
    Credited,
    /// Refused or replaced: does not count.
    Gone,
}

/// A credit as other returns see it. Known by (return, version, invoice).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditFact {
    /// Legal entity.
    pub entity: String,
    /// Customer account.
    pub customer: String,
    /// "ENTITY|INVOICE".
    pub invoice: String,
    /// The return.
    pub return_id: String,
    /// Version of its calculation.
    pub calc_version: u32,
    /// On what ground.
    pub basis: CreditBasis,
    /// Gross, minor units of base currency.
    pub gross_base_minor: i64,
    /// When it was calculated.
    pub at: Timestamp,
    /// Where it stands.
    pub state: CreditFactState,
}

/// Credits of the return that are new or stand otherwise than before.
pub fn credit_facts(before: Option<&ReturnState>, after: &ReturnState) -> Vec<CreditFact> {
    let known: &[CreditRecord] = before.map_or(&[], ReturnState::credits);
    let mut facts = Vec::new();
    for credit in after.credits() {
        let old = known.iter().find(|old| old.version == credit.version);
        if old.is_some_and(|old| standing(old.state) == standing(credit.state)) {
            continue;
        }
        facts.extend(credit.shares.iter().map(|share| CreditFact {
            entity: after.header.legal_entity.clone(),
            customer: after.header.customer_account.clone(),
            invoice: share.invoice.clone(),
            return_id: after.header.return_id.clone(),
            calc_version: credit.version,
            basis: share.basis,
            gross_base_minor: share.gross_base_minor,
            at: credit.as_of,
            state: standing(credit.state),
        }));
    }
    facts
}

const fn standing(state: CreditState) -> CreditFactState {
    match state {
        CreditState::Held | CreditState::PendingApproval | CreditState::Posting => {
            CreditFactState::Open
        }
        CreditState::Credited => CreditFactState::Credited,
        CreditState::Refused | CreditState::Superseded | CreditState::Reversed => {
            CreditFactState::Gone
        }
    }
}

/// What of a calculation goes back to which invoice. `gross_base_minor`: the whole gross in base currency.
pub(crate) fn shares(
    state: &ReturnState,
    calculation: &Calculation,
    gross_base_minor: i64,
) -> Vec<CreditShare> {
    let whole = gross_base_minor.clamp(0, LARGEST);
    let mut parts: Vec<(String, i64)> = Vec::new();
    for slice in &calculation.slices {
        let invoice = invoice_of(state, slice.line_no);
        if !parts.iter().any(|(name, _)| *name == invoice) {
            let gross = gross_of(state, calculation, &invoice);
            parts.push((invoice, gross));
        }
    }
    let total: i128 = parts.iter().map(|(_, gross)| i128::from(*gross)).sum();
    let mut left = whole;
    let last = parts.len().saturating_sub(1);
    let mut shares = Vec::new();
    for (n, (invoice, gross)) in parts.into_iter().enumerate() {
        let by_weight = i128::from(whole) * i128::from(gross) / total.max(1);
        let share = if n == last {
            left
        } else {
            i64::try_from(by_weight).unwrap_or(left).min(left)
        };
        left -= share;
        shares.push(CreditShare {
            invoice,
            gross_base_minor: share,
            basis: calculation.basis,
        });
    }
    shares
}

/// Gross of everything that goes back to an invoice, in the credit's currency: a weight, never negative.
fn gross_of(state: &ReturnState, calculation: &Calculation, invoice: &str) -> i64 {
    let is_its = |line: u32| invoice_of(state, line) == invoice;
    let components = calculation.components.iter().filter(|component| {
        component.kind != ComponentType::Tax && component.line_no.is_some_and(is_its)
    });
    let net: i64 = components
        .map(|component| match component.sign {
            Sign::Credit => component.amount_minor,
            Sign::Charge => -component.amount_minor,
        })
        .sum();
    let taxes = calculation.tax_lines.iter();
    let taxes = taxes.filter(|tax| is_its(tax.line_no));
    let tax: i64 = taxes.map(|tax| tax.tax_minor).sum();
    net.saturating_add(tax).max(0)
}

/// "ENTITY|INVOICE" of a line; "ENTITY|" without one.
fn invoice_of(state: &ReturnState, line_no: u32) -> String {
    let line = state.lines.iter().find(|line| line.line.line_no == line_no);
    let document = line
        .and_then(|line| line.line.invoice_ref.as_ref())
        .map_or("", |reference| reference.document.as_str());
    format!("{}|{document}", state.header.legal_entity)
}

/// What the thresholds of approval are compared with: the gross, and everything else that the customer was credited on the
/// same invoices within the policy's window, by this return and by others. Asks for the others if they were not looked up.
pub(crate) fn compared(
    work: &mut Work<'_>,
    policy: &Policy,
    calculation: &Calculation,
    gross_base_minor: i64,
) -> i64 {
    let gross = gross_base_minor.min(LARGEST);
    let Some(days) = policy.aggregate_days() else {
        return gross_base_minor;
    };
    let span = SignedDuration::from_hours(24 * i64::from(days));
    let now = work.given.now;
    let since = now.saturating_sub(span).unwrap_or(Timestamp::MIN);
    let state = &work.state;
    let mut invoices: Vec<String> = calculation
        .slices
        .iter()
        .map(|slice| invoice_of(state, slice.line_no))
        .collect();
    invoices.sort();
    invoices.dedup();
    let mine: i64 = state
        .credits
        .iter()
        .filter(|credit| credit.version != calculation.calc_version)
        .filter(|credit| standing(credit.state) != CreditFactState::Gone && credit.as_of >= since)
        .flat_map(|credit| &credit.shares)
        .filter(|share| invoices.contains(&share.invoice))
        .fold(0, |sum, share| share.gross_base_minor.saturating_add(sum));
    let others = if let Some(history) = work.given.history {
        history
            .rolling
            .iter()
            .filter(|(invoice, _)| invoices.contains(invoice))
            .fold(0_i64, |sum, (_, gross)| sum.saturating_add(*gross))
    } else {
        ask(work, since);
        0
    };
    gross.saturating_add(mine).saturating_add(others)
}

/// Asks for what other returns were credited on any invoice of this one.
fn ask(work: &mut Work<'_>, since: Timestamp) {
    let state = &work.state;
    let lines = state.lines.iter();
    let mut invoices: Vec<String> = lines
        .map(|line| invoice_of(state, line.line.line_no))
        .collect();
    invoices.sort();
    invoices.dedup();
    let header = &state.header;
    let quarter = SignedDuration::from_hours(24 * NO_RECEIPT_DAYS);
    let no_receipt_since = work
        .given
        .now
        .saturating_sub(quarter)
        .unwrap_or(Timestamp::MIN);
    work.step.asks = Some(HistoryAsk {
        return_id: header.return_id.clone(),
        customer: header.customer_account.clone(),
        invoices,
        since,
        no_receipt: (header.return_type == canonical::ReturnType::CreditOnly)
            .then(|| (header.legal_entity.clone(), no_receipt_since)),
    });
}

/// A return without goods is decided on what the customer was credited without receipt before: asked for at once.
pub(crate) fn ask_for_credit_only(work: &mut Work<'_>) {
    let is_credit_only = work.state.header.return_type == canonical::ReturnType::CreditOnly;
    if is_credit_only && work.given.history.is_none() {
        let days = work.policy().and_then(Policy::aggregate_days).unwrap_or(0);
        let span = SignedDuration::from_hours(24 * i64::from(days));
        let since = work
            .given
            .now
            .saturating_sub(span)
            .unwrap_or(Timestamp::MIN);
        ask(work, since);
    }
}
