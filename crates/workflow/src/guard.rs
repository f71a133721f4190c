//! The credit release guard: the only way to an `ERP_CREDIT_MEMO` command.
//!
//! A [`Release`] is the proof that receipt, inspection, policy and approval are all there for the units of a credit.
//! Its fields are private and only [`release`] makes one, so a credit that is not allowed cannot be written down:
//!
//! ```compile_fail,E0451
//! # fn forge(calculation: canonical::calculation::Calculation) {
//! let forged = workflow::guard::Release { calculation, approved_by: Vec::new() };
//! # }
//! ```
//!
//! and a command for a credit memo is made from a [`Release`] alone:
//!
//! ```
//! fn memo(release: workflow::guard::Release) -> canonical::calculation::Calculation {
//!     release.into_calculation()
//! }
//! ```

use canonical::approval::{Approval, Requirement, Verdict};
use canonical::calculation::Calculation;
use canonical::{
    ApprovalState, CreditBasis, DispositionAction, HoldFlag, Lifecycle, Qty, ReturnType,
};

use crate::buckets::Bucket;
use crate::money_state::{CreditState, Slice, SliceCredit};
use crate::reservation::{lowest_unused, measure};
use crate::state::ReturnState;

/// Proof that a credit may leave.
#[derive(Debug)]
pub struct Release {
    calculation: Calculation,
    approved_by: Vec<String>,
}

impl Release {
    /// The calculation that was released.
    pub fn calculation(&self) -> &Calculation {
        &self.calculation
    }

    /// Who approved.
    pub fn approved_by(&self) -> &[String] {
        &self.approved_by
    }

    /// Uses the proof up.
    pub fn into_calculation(self) -> Calculation {
        self.calculation
    }
}

/// Why a credit may not leave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The return is not in progress.
    #[error("the return is {0}")]
    Lifecycle(Lifecycle),
    /// Something stops its money.
    #[error("the return is on hold ({0})")]
    Hold(HoldFlag),
    /// The account that would be credited is closed.
    #[error(
        "account {0} is closed: settle it by hand, or name the account that takes its place in the policy ([[account]])"
    )]
    Account(String),
    /// The units are not received, inspected and disposed with a credit.
    #[error("line {line_no}: {what}")]
    Basis {
        /// Return line.
        line_no: u32,
        /// What is missing.
        what: &'static str,
    },
    /// The units are not reserved for this return, or are credited already.
    #[error("line {line_no}: units {from} to {to} are not free to be credited")]
    Cap {
        /// Return line.
        line_no: u32,
        /// First unit.
        from: Qty,
        /// One past the last unit.
        to: Qty,
    },
    /// There is nothing to pay.
    #[error("the calculation gives {0} minor units")]
    Nothing(i64),
    /// A variance that nobody decided.
    #[error("a {0} variance is not decided")]
    Variance(String),
    /// Somebody must approve first.
    #[error("it is not approved")]
    NotApproved,
}

/// What the guard looks at.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The return.
    pub state: &'a ReturnState,
    /// Version of the credit.
    pub version: u32,
    /// What the policy demands for it.
    pub demands: &'a [(String, Requirement)],
    /// The account to be credited, if it is closed.
    pub closed_account: Option<&'a str>,
}

/// Releases a credit, or says what stops it: receipt ∧ inspection ∧ policy ∧ approval ∧ cap ∧ no hold.
pub fn release(calculation: Calculation, evidence: &Evidence<'_>) -> Result<Release, Stop> {
    let state = evidence.state;
    // an advance is what takes an authorised return into progress
    let is_advance = calculation.basis == CreditBasis::Advance;
    let may_begin = is_advance && state.lifecycle() == Lifecycle::Authorized;
    if state.lifecycle() != Lifecycle::InProgress && !may_begin {
        return Err(Stop::Lifecycle(state.lifecycle()));
    }
    if let Some(hold) = state.header().hold_flags.first() {
        return Err(Stop::Hold(*hold));
    }
    if let Some(account) = evidence.closed_account {
        return Err(Stop::Account(account.to_owned()));
    }
    let is_correction = calculation.basis == CreditBasis::Correction;
    let is_credit_only = state.header().return_type == ReturnType::CreditOnly;
    match calculation.basis {
        CreditBasis::ReceivedInspected => check_units(&calculation, state, evidence.version)?,
        CreditBasis::CreditOnly if is_credit_only => {
            check_units(&calculation, state, evidence.version)?;
        }
        CreditBasis::Advance => check_advance(&calculation, state, evidence.version)?,
        CreditBasis::Correction => {
            check_memo(state, evidence.version)?;
            check_units(&calculation, state, evidence.version)?;
        }
        CreditBasis::CreditOnly | CreditBasis::Recovery => {
            return Err(Stop::Basis {
                line_no: 0,
                what: "only goods that came and were inspected are credited, or what a policy credits without them",
            });
        }
    }
    let payable = calculation.totals.payable_minor;
    if payable == 0 || (payable < 0 && !is_correction) {
        return Err(Stop::Nothing(payable));
    }
    let approval = approval_of(state, evidence.version, &calculation);
    let is_demanded = !evidence.demands.is_empty() || payable < 0;
    let approved_by = match (approval, undecided(&calculation)) {
        // Granted for exactly these figures, the variance among them.
        (Some(approval), _) => names(approval),
        (None, Some(kind)) if !is_demanded => return Err(Stop::Variance(kind.to_owned())),
        (None, None) if !is_demanded => Vec::new(),
        (None, _) => return Err(Stop::NotApproved),
    };
    Ok(Release {
        calculation,
        approved_by,
    })
}

/// Kind of a variance that nobody decided. The policy's demands speak of it: who approves the credit decides it.
pub(crate) fn undecided(calculation: &Calculation) -> Option<&str> {
    let mut variances = calculation.variances.iter();
    let variance = variances.find(|variance| variance.decision.is_empty())?;
    Some(&variance.kind)
}

/// True if the credit is approved for exactly this calculation.
pub(crate) fn is_approved(state: &ReturnState, calculation: &Calculation) -> bool {
    approval_of(state, calculation.calc_version, calculation).is_some()
}

/// The credit's approval, if it is granted for exactly this calculation.
fn approval_of<'a>(
    state: &'a ReturnState,
    version: u32,
    calculation: &Calculation,
) -> Option<&'a Approval> {
    let credit = state
        .credits()
        .iter()
        .find(|credit| credit.version == version)?;
    let id = credit.approval_id.as_ref()?;
    state.approvals().iter().find(|approval| {
        approval.approval_id == *id
            && approval.state == ApprovalState::Approved
            && approval.calc_hash == calculation.calc_hash
    })
}

fn names(approval: &Approval) -> Vec<String> {
    approval
        .decisions
        .iter()
        .filter(|decision| decision.decision == Verdict::Approve)
        .map(|decision| decision.user.clone())
        .collect()
}

/// Every unit of the calculation is one of the credit's slices, reserved for this return and in no other credit.
fn check_units(calculation: &Calculation, state: &ReturnState, version: u32) -> Result<(), Stop> {
    for unit in &calculation.slices {
        let line_no = unit.line_no;
        let missing = |what| Stop::Basis { line_no, what };
        let line = state
            .lines()
            .iter()
            .find(|line| line.line.line_no == line_no);
        let line = line.ok_or_else(|| missing("the return has no such line"))?;
        let at = (unit.position_from, unit.position_to);
        let is_it = |slice: &&Slice| slice.line_no == line_no && slice.at == Some(at);
        let slice = state.slices().iter().find(is_it);
        let slice = slice.ok_or_else(|| missing("the units are not disposed"))?;
        if slice.credit != SliceCredit::Reserved || slice.calc_version != Some(version) {
            return Err(missing("the units are not reserved for this credit"));
        }
        if slice.action.is_provisional() {
            return Err(missing("a later inspection decides on the units"));
        }
        let inspected: i64 = slice
            .pieces
            .iter()
            .map(|piece| piece.qty.millionths())
            .sum();
        let is_kept = slice.action == DispositionAction::Keep
            && slice.disposition.is_empty()
            && state.header().return_type == ReturnType::CreditOnly;
        if inspected < slice.qty.millionths() && !is_kept {
            return Err(missing("the units are not inspected"));
        }
        if line.buckets.get(Bucket::CreditReserved) < slice.qty {
            return Err(missing("the units were not received"));
        }
        let cap = Stop::Cap {
            line_no,
            from: at.0,
            to: at.1,
        };
        let wanted = at.1.minus_floor(at.0);
        let reserved = measure(&lowest_unused(&[at], &line.claims, wanted)).is_zero();
        let elsewhere = state.slices().iter().any(|other| {
            other.line_no == line_no
                && other.calc_version != Some(version)
                && matches!(other.credit, SliceCredit::Reserved | SliceCredit::Credited)
                && other.at.is_some_and(|(from, to)| from < at.1 && at.0 < to)
        });
        if !reserved || elsewhere || !is_live(state, version) {
            return Err(cap);
        }
    }
    Ok(())
}

/// A correction has a memo: one that is posted and not being taken back.
fn check_memo(state: &ReturnState, version: u32) -> Result<(), Stop> {
    let find = |version| state.credits().iter().find(|c| c.version == version);
    let memo = find(version).and_then(|correction| find(correction.corrects?));
    let is_posted = memo.is_some_and(|memo| {
        memo.state == CreditState::Credited
            && memo.book.as_ref().is_some_and(|b| b.reversal.is_none())
    });
    if is_posted && is_live(state, version) {
        return Ok(());
    }
    Err(Stop::Basis {
        line_no: 0,
        what: "the memo that is corrected is not posted, or is being taken back",
    })
}

/// The credit is the return's advance, its units are reserved for this return, and nothing of it was disposed: goods that
/// came first are credited as such.
fn check_advance(calculation: &Calculation, state: &ReturnState, version: u32) -> Result<(), Stop> {
    let missing = |what| Stop::Basis { line_no: 0, what };
    let exposure = state
        .exposure()
        .ok_or_else(|| missing("no advance was asked for"))?;
    if exposure.credit != Some(version) || exposure.due_at.is_some() {
        return Err(missing(
            "the advance is another credit, or released already",
        ));
    }
    if !state.slices().is_empty() {
        return Err(missing("goods came and were disposed before the advance"));
    }
    for unit in &calculation.slices {
        let at = (unit.position_from, unit.position_to);
        let cap = Stop::Cap {
            line_no: unit.line_no,
            from: at.0,
            to: at.1,
        };
        let line = state
            .lines()
            .iter()
            .find(|line| line.line.line_no == unit.line_no)
            .ok_or_else(|| missing("the return has no such line"))?;
        let wanted = at.1.minus_floor(at.0);
        let is_reserved = measure(&lowest_unused(&[at], &line.claims, wanted)).is_zero();
        if !is_reserved || !is_live(state, version) {
            return Err(cap);
        }
    }
    Ok(())
}

/// True while the credit is not posted, refused or replaced.
fn is_live(state: &ReturnState, version: u32) -> bool {
    state.credits().iter().any(|credit| {
        credit.version == version
            && matches!(
                credit.state,
                CreditState::Held | CreditState::PendingApproval
            )
    })
}
