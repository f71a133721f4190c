//! Policy: versioned, effective-dated rules, read from TOML. Pure: (policy, facts) to a value and the rule that gave it.
//!
//! For each question the matching rule with the highest specificity answers: customer before segment, channel, item,
//! reason, disposition (action, then condition, then liability), then a condition in CEL, then the rule without selectors.
//! Two rules that could answer the same facts with the same specificity are refused when the policy is loaded, or, if
//! that depends on their conditions, when they are asked. No answer is never an assumed value: the caller opens an
//! exception.

mod approval;
mod blind;
mod calendar;
mod document;
mod expression;
mod freight;
mod further;
mod ladder;
mod live;
mod load;
pub(crate) mod reader;
mod rule;
mod selector;
mod set;
mod tolerance;
mod trace;
pub(crate) mod values;
mod when;
mod without_goods;

use canonical::approval::Requirement;
use canonical::{Currency, Qty, TaxTreatment};
use jiff::Timestamp;
use jiff::civil::Date;

pub use approval::ApprovalTrigger;
pub use blind::BlindTerms;
pub use expression::{Codes, Fact, Kind, Known, Question};
pub use freight::{FreightCredit, LabelFee};
pub use further::{Further, Requested};
pub use rule::{Ruled, Unanswered};
pub use selector::Facts;
pub use set::{PolicySet, Problem};
pub use tolerance::Tolerance;
pub use trace::{Finding, Trace, Traced};
pub use without_goods::{AdvanceTerms, CustomerCredit, NoReceiptCredit};

use approval::ApprovalRule;
use calendar::Hours;
use rule::{Rule, pick};

/// When a credit may be released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// As soon as a disposition says so.
    PerSlice,
    /// When everything of a receipt is disposed.
    PerReceipt,
    /// When everything of the return is disposed.
    PerReturnComplete,
}

/// When the ERP learns of goods on hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InventoryPosting {
    /// When they arrive, into hold; a disposition moves them on from there.
    #[default]
    ReceiptToHold,
    /// When a disposition says where they go: the ERP never sees them on hold.
    AtDisposition,
}

/// A fee that is taken from a credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fee {
    /// Percent of the credited net, 0 to 100. Zero is "no fee".
    pub percent: Qty,
    /// At least so much per calculation, minor units of the policy's base currency.
    pub min_minor: Option<i64>,
    /// At most so much per calculation, minor units of the policy's base currency.
    pub max_minor: Option<i64>,
    /// How it meets the tax.
    pub tax_treatment: TaxTreatment,
}

/// One version of an entity's policy. Made by [`PolicySet::load`] only, so that it is known to be sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Version; a return pins it when it is authorised.
    pub version: String,
    /// Legal entity.
    pub entity: String,
    /// Currency of all amounts in the policy.
    pub base_currency: Currency,
    /// IANA zone of the entity.
    pub tz: String,
    /// From when it holds.
    pub effective_from: Timestamp,
    /// Until when it holds, exclusive; open if none.
    pub effective_to: Option<Timestamp>,
    grace_days: u32,
    orphan_wait_hours: u32,
    inspection_wait_hours: u32,
    approval_sla_hours: u32,
    granularity: Granularity,
    inventory_posting: InventoryPosting,
    over_receipt_percent: Qty,
    over_receipt_base_qty: Qty,
    answered_channels: Vec<String>,
    advised_channels: Vec<String>,
    closed_until: Option<Date>,
    recalled_lots: Vec<String>,
    accounts: Vec<live::Account>,
    price_tolerance: Tolerance,
    tax_tolerance: Tolerance,
    asks_for_invoices: bool,
    tax_engine_wait_hours: Option<u32>,
    no_receipt: Option<NoReceiptCredit>,
    advance_credit: Option<AdvanceTerms>,
    advance_replacement: Option<AdvanceTerms>,
    blind: Option<BlindTerms>,
    vendor_credit: CustomerCredit,
    window: Vec<Rule<u32>>,
    credit_percent: Vec<Rule<Qty>>,
    restocking_fee: Vec<Rule<Fee>>,
    outbound_freight: Vec<Rule<FreightCredit>>,
    return_label: Vec<Rule<LabelFee>>,
    approval: Vec<ApprovalRule>,
    aggregate_days: Option<u32>,
    decrease_minor: Option<i64>,
    approval_hours: Option<Hours>,
    /// Role, and the role that is asked next.
    escalation: Vec<(String, String)>,
}

impl Policy {
    /// Days from the invoice within which a return may be asked for.
    pub fn window_days(&self, facts: &Facts<'_>) -> Result<Ruled<u32>, Unanswered> {
        pick(&self.window, facts)
    }

    /// Percent of the net that is credited, 0 to 100.
    pub fn credit_percent(&self, facts: &Facts<'_>) -> Result<Ruled<Qty>, Unanswered> {
        pick(&self.credit_percent, facts)
    }

    /// Restocking fee; percent 0 when a rule says there is none.
    pub fn restocking_fee(&self, facts: &Facts<'_>) -> Result<Ruled<Fee>, Unanswered> {
        pick(&self.restocking_fee, facts)
    }

    /// Who must approve, with the rule that demands it; empty when nobody must. `gross_base_minor` is the gross in minor
    /// units of base currency. Of the amount rungs only the highest matching one speaks; the demands of every other
    /// matching rule come on top. A rule by facts matches when one of `facts` does; without any it is not asked.
    pub fn approvals(
        &self,
        gross_base_minor: i64,
        facts: &[Facts<'_>],
        flags: &[ApprovalTrigger],
    ) -> Result<Vec<(String, Requirement)>, Unanswered> {
        approval::demands(&self.approval, gross_base_minor, facts, flags)
    }

    /// Who must approve because of that; none when no rule speaks of it.
    pub fn approvals_on(&self, trigger: ApprovalTrigger) -> Option<Vec<(String, Requirement)>> {
        approval::on(&self.approval, trigger)
    }

    /// How far a claimed unit price may lie from the invoiced one.
    pub fn price_tolerance(&self) -> Tolerance {
        self.price_tolerance
    }

    /// How far the tax engine's tax of a credit may lie from the invoice's.
    pub fn tax_tolerance(&self) -> Tolerance {
        self.tax_tolerance
    }

    /// True if the ERP is asked what was invoiced, for lines that name an invoice without telling it.
    pub fn asks_for_invoices(&self) -> bool {
        self.asks_for_invoices
    }

    /// Hours that a credit waits for the tax engine's answer; none: the entity has no tax engine, and nobody is asked.
    pub fn tax_engine_wait_hours(&self) -> Option<u32> {
        self.tax_engine_wait_hours
    }

    /// How many base units more than authorised are accepted: the smaller of the percentage and the quantity allowed.
    pub fn over_receipt_tolerance(&self, authorized_base: Qty) -> Qty {
        let millionths = i128::from(authorized_base.millionths().max(0))
            * i128::from(self.over_receipt_percent.millionths())
            / (100 * i128::from(Qty::UNIT));
        let by_percent = i64::try_from(millionths).unwrap_or(i64::MAX);
        Qty::from_millionths(by_percent).min(self.over_receipt_base_qty)
    }

    /// True if requests of that channel are answered by a document (X12 180, RETINS).
    pub fn answers(&self, channel: &str) -> bool {
        self.answered_channels.iter().any(|c| c == channel)
    }

    /// True if partners of that channel are told by a document what was credited (X12 812).
    pub fn advises_credit(&self, channel: &str) -> bool {
        self.advised_channels.iter().any(|c| c == channel)
    }

    /// Rules of credits without goods; none: there are no such credits.
    pub fn no_receipt_credit(&self) -> Option<&NoReceiptCredit> {
        self.no_receipt.as_ref()
    }

    /// Terms of credits before goods; none: there are no such credits.
    pub fn advance_credit(&self) -> Option<&AdvanceTerms> {
        self.advance_credit.as_ref()
    }

    /// Terms of replacements before goods; none: there are no such replacements.
    pub fn advance_replacement(&self) -> Option<&AdvanceTerms> {
        self.advance_replacement.as_ref()
    }

    /// How goods that came without a return are taken in; none: they wait for a return that names them.
    pub fn blind_return(&self) -> Option<&BlindTerms> {
        self.blind.as_ref()
    }

    /// When the customer is credited for goods that go to their supplier.
    pub fn vendor_credit(&self) -> CustomerCredit {
        self.vendor_credit
    }

    /// When a credit may be released.
    pub fn granularity(&self) -> Granularity {
        self.granularity
    }

    /// When the ERP learns of goods on hold.
    pub fn inventory_posting(&self) -> InventoryPosting {
        self.inventory_posting
    }

    /// Days after expiry within which late goods reopen the return without approval.
    pub fn grace_days(&self) -> u32 {
        self.grace_days
    }

    /// Hours that an inspection waits for its receipt before an exception is opened.
    pub fn orphan_wait_hours(&self) -> u32 {
        self.orphan_wait_hours
    }

    /// Hours within which goods that came are to be inspected before an exception is opened; none: nobody watches.
    pub fn inspection_wait_hours(&self) -> Option<u32> {
        (self.inspection_wait_hours > 0).then_some(self.inspection_wait_hours)
    }

    /// Hours within which an approval is to be decided before it is escalated.
    pub fn approval_sla_hours(&self) -> u32 {
        self.approval_sla_hours
    }

    /// When an approval that is asked for then is to be decided: the hours count by the calendar, if there is one.
    pub fn approval_due(&self, from: Timestamp) -> Timestamp {
        let open = self.approval_hours.as_ref();
        calendar::due(from, self.approval_sla_hours, open, &self.tz)
    }

    /// Roles that may decide on what those asked have not decided in time: those that the policy names for them, else
    /// those of the next rung of the ladder. Empty if there is no level above.
    pub fn next_level(&self, asked: &[String]) -> Vec<String> {
        let named = self.escalation.iter().filter(|(of, _)| asked.contains(of));
        let mut roles: Vec<String> = named.map(|(_, to)| to.clone()).collect();
        roles.retain(|role| !asked.contains(role));
        roles.sort();
        roles.dedup();
        if roles.is_empty() {
            roles = approval::above(&self.approval, asked);
        }
        roles
    }

    /// Days over which credits of one customer on one invoice are added up before the sum is compared with the ladder.
    /// None: each credit stands alone.
    pub fn aggregate_days(&self) -> Option<u32> {
        self.aggregate_days
    }

    /// By how much a credit that was approved may become smaller without being approved anew, in minor units of base
    /// currency. None: never.
    pub fn decrease_tolerance(&self) -> Option<i64> {
        self.decrease_minor
    }

    /// Every role that a rule of approval asks for, and how many people of it at most.
    pub fn roles(&self) -> Vec<(&str, u32)> {
        let mut roles: Vec<(&str, u32)> = Vec::new();
        for need in self.approval.iter().flat_map(|rule| &rule.need) {
            match roles.iter_mut().find(|(role, _)| *role == need.role) {
                Some((_, count)) => *count = need.min_count.max(*count),
                None => roles.push((&need.role, need.min_count)),
            }
        }
        roles
    }
}
