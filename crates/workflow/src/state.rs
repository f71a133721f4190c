//! The state of a return: the fold of its events. Holds what later events need, never whole events.

use canonical::approval::Approval;
use canonical::event::SupplierAnswer;
use canonical::header::ReturnHeader;
use canonical::invoice::FactsSource;
use canonical::line::ReturnLine;
use canonical::{
    ApprovalState, BusinessCode, DenialReason, EffectKey, EffectKind, Lifecycle, Money, Qty,
};
use serde::{Deserialize, Serialize};

use crate::blind::Blind;
use crate::buckets::{Bucket, Buckets};
use crate::exposure::Exposure;
use crate::facts::{InspectionRecord, Piece, ReceiptRecord, SnapshotMark};
use crate::hold::HoldMark;
use crate::money_state::{CreditRecord, CreditState, EffectRecord, EffectState, Slice};
use crate::park::{Early, ParkedDisposition, ParkedFinding};
use crate::policy::InventoryPosting;

/// Who asked for the return, and with what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Requested {
    pub(crate) system: String,
    pub(crate) request_id: String,
    /// Hash of the request: tells a repeated request from a changed one.
    pub(crate) digest: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<String>,
}

/// A line and what became of its quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineState {
    /// The line as requested and authorised.
    pub line: ReturnLine,
    /// Authorised quantity in base units.
    pub base: Qty,
    /// Where the quantity is.
    #[serde(default)]
    pub buckets: Buckets,
    /// Units of the invoice line that are reserved; `[0, base)` on an axis of its own for a line without invoice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) claims: Vec<(Qty, Qty)>,
    /// Units that were reserved once and given back (cancelled, or expired beyond grace).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) freed: Vec<(Qty, Qty)>,
    /// Inspected and not disposed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) pool: Vec<Piece>,
    /// Where `line.invoiced` comes from, when the request did not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<FactsSource>,
}

impl LineState {
    /// Still expected, in base units.
    pub fn expected(&self) -> Qty {
        self.buckets.sum(&[Bucket::Authorized, Bucket::InTransit])
    }

    /// True if a scanned item number means this line's item.
    pub(crate) fn is_item(&self, sku: &str) -> bool {
        self.line.sku == sku
            || self.line.gtin.as_deref() == Some(sku)
            || self.line.customer_sku.as_deref() == Some(sku)
    }
}

/// A return, as far as Backhaul knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnState {
    pub(crate) header: ReturnHeader,
    pub(crate) request: Requested,
    pub(crate) lines: Vec<LineState>,
    pub(crate) code: BusinessCode,
    pub(crate) seq: u64,
    /// Milestones with the milliseconds since 1970 at which what led to them happened, in the order of their numbers. Returns
    /// that an older version wrote have only the later ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) passed: Vec<(BusinessCode, i64)>,
    /// When the ERP learns of goods on hold: as the policy said when the return was authorised.
    #[serde(default)]
    pub(crate) posting: InventoryPosting,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) denial: Option<DenialReason>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tracking: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) receipts: Vec<ReceiptRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) inspections: Vec<InspectionRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) dispositions: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) reversed_dispositions: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) snapshots: Vec<SnapshotMark>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) early: Vec<Early>,
    /// When the goods that came are to be inspected at the latest; none while none wait, or nobody watches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inspect_by: Option<jiff::Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parked_findings: Vec<ParkedFinding>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parked_dispositions: Vec<ParkedDisposition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) slices: Vec<Slice>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) credits: Vec<CreditRecord>,
    /// Units whose credit the return label took, so that there is no memo of them: return line, first unit, one past the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) label_took: Option<(u32, Qty, Qty)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) effects: Vec<EffectRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) approvals: Vec<Approval>,
    /// Why it is withdrawn, while the warehouse has not confirmed that it expects nothing any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cancelling: Option<String>,
    /// The last word on each hold flag.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) holds: Vec<HoldMark>,
    /// What is known of its goods, if they came without a return.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) blind: Option<Blind>,
    /// What was credited or replaced before its goods came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exposure: Option<Exposure>,
    /// What suppliers answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) supplier_answers: Vec<SupplierAnswer>,
    /// How often it was changed after its authorisation.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) revision: u32,
    /// Who changed it: what they asked for is their own work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) amended_by: Vec<String>,
    /// Requests that were done (withdrawn, amended, a credit taken back): a late repetition changes nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) done: Vec<String>,
    /// Fingerprints of exceptions that end by themselves when their cause is gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) open: Vec<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
pub(crate) fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_none(number: &u32) -> bool {
    *number == 0
}

impl ReturnState {
    /// The head of the return.
    pub fn header(&self) -> &ReturnHeader {
        &self.header
    }

    /// Id of the return.
    pub fn return_id(&self) -> &str {
        &self.header.return_id
    }

    /// The milestone reached last.
    pub fn business_code(&self) -> BusinessCode {
        self.code
    }

    /// Where it is in its life.
    pub fn lifecycle(&self) -> Lifecycle {
        self.header.lifecycle
    }

    /// Number of the last status event.
    pub fn status_seq(&self) -> u64 {
        self.seq
    }

    /// Why it was declined.
    pub fn denial(&self) -> Option<DenialReason> {
        self.denial
    }

    /// The lines.
    pub fn lines(&self) -> &[LineState] {
        &self.lines
    }

    /// Credits, calculated or posted.
    pub fn credits(&self) -> &[CreditRecord] {
        &self.credits
    }

    /// Effects, as far as they are known.
    pub fn effects(&self) -> &[EffectRecord] {
        &self.effects
    }

    /// Pieces that were disposed, and what is credited for them.
    pub fn slices(&self) -> &[Slice] {
        &self.slices
    }

    /// Approvals, decided or not.
    pub fn approvals(&self) -> &[Approval] {
        &self.approvals
    }

    /// Who inspected its goods or changed what was asked for: may not decide on it.
    pub fn took_part(&self) -> Vec<&str> {
        let inspectors = self.inspections.iter();
        let inspectors = inspectors.filter_map(|i| i.inspector.as_deref());
        let amenders = self.amended_by.iter().map(String::as_str);
        inspectors.chain(amenders).collect()
    }

    /// Approvals that wait for somebody.
    pub fn open_approvals(&self) -> impl Iterator<Item = &Approval> {
        self.approvals.iter().filter(|approval| {
            matches!(
                approval.state,
                ApprovalState::Requested | ApprovalState::Escalated
            )
        })
    }

    /// True while it holds goods that came without a return and that nobody has decided on: it can be said whose they are.
    pub fn waits_for_identification(&self) -> bool {
        crate::blind::is_pending(self)
    }

    /// RMA numbers of open returns that its goods could belong to, as they stood when the goods came.
    pub fn could_belong_to(&self) -> &[String] {
        self.blind.as_ref().map_or(&[], |blind| blind.candidates())
    }

    /// True once somebody said whose its goods are, if they came without a return.
    pub fn is_identified(&self) -> bool {
        self.blind.as_ref().is_some_and(|blind| blind.identified)
    }

    /// True while an effect is refused, ambiguous or given up.
    pub fn is_blocked(&self) -> bool {
        self.effects
            .iter()
            .any(|effect| matches!(effect.state, EffectState::Blocked(_)))
    }

    /// What is in a bucket, over all lines, in base units.
    pub fn in_bucket(&self, bucket: Bucket) -> Qty {
        self.in_buckets(&[bucket])
    }

    /// What is in several buckets, over all lines, in base units.
    pub fn in_buckets(&self, buckets: &[Bucket]) -> Qty {
        let total: i64 = self
            .lines
            .iter()
            .map(|line| line.buckets.sum(buckets).millionths())
            .sum();
        Qty::from_millionths(total)
    }

    /// Credited so far, in the currency of the invoice.
    pub fn credited(&self) -> Money {
        self.amount_of(|credit| credit.state == CreditState::Credited)
    }

    pub(crate) fn amount_of(&self, wanted: impl Fn(&CreditRecord) -> bool) -> Money {
        let minor: i64 = self
            .credits
            .iter()
            .filter(|credit| wanted(credit))
            .map(|credit| credit.payable_minor)
            .sum();
        Money::new(minor, self.header.currency)
    }

    /// An effect by its key.
    pub fn effect(&self, key: &EffectKey) -> Option<&EffectRecord> {
        self.effects.iter().find(|effect| effect.key == *key)
    }

    /// Kind of an effect, by its key as text.
    pub fn effect_kind(&self, key: &str) -> Option<EffectKind> {
        let effect = self
            .effects
            .iter()
            .find(|effect| effect.key.as_str() == key)?;
        Some(effect.kind)
    }

    pub(crate) fn is_confirmed(&self, key: &EffectKey) -> bool {
        self.effect(key)
            .is_some_and(|effect| effect.state == EffectState::Confirmed)
    }

    /// Lines that an item number can mean: the named one if it is of that item, else every line of that item.
    pub(crate) fn candidates(&self, line_no: Option<u32>, sku: &str) -> Vec<usize> {
        self.lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.is_item(sku))
            .filter(|(_, line)| line_no.is_none_or(|no| line.line.line_no == no))
            .map(|(index, _)| index)
            .collect()
    }

    /// Name of an inspection or disposition within the return: its id, with the site in front if it is another site than
    /// the one the goods were sent to, because ids are unique within a site only.
    pub(crate) fn fact_name(&self, site: &str, id: &str) -> String {
        if site == self.header.return_to_site {
            id.to_owned()
        } else {
            format!("{site}:{id}")
        }
    }

    /// True if goods may be taken in, inspected and disposed now.
    pub(crate) fn takes_goods(&self) -> bool {
        !matches!(
            self.header.lifecycle,
            Lifecycle::Requested | Lifecycle::PendingAuthorization
        )
    }
}
