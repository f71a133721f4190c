//! What a policy says of freight to the customer, and of the label that brought the goods back. Both tables may be left out:
//! then no freight is credited and no label is charged. A table that is there answers every question, or there is a gap.

use canonical::{Currency, TaxTreatment};
use toml::Spanned;

use super::Policy;
use super::document::{OutboundFreight, ReturnLabel};
use super::expression::Question;
use super::reader::Reader;
use super::rule::{Rule, Ruled, Unanswered, pick};
use super::selector::Facts;

/// When a line's freight is credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreightCredit {
    /// With the units, each its share.
    WithUnits,
    /// With the credit by which everything of the invoice line came back, all of it.
    WhenAllCameBack,
    /// Never.
    None,
}

impl FreightCredit {
    /// As a policy writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::WithUnits => "with_units",
            Self::WhenAllCameBack => "when_all_came_back",
            Self::None => "none",
        }
    }
}

/// What the customer pays for the label that brought the goods back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelFee {
    /// Once per return, minor units of the policy's base currency. Zero is "no fee".
    pub amount_minor: i64,
    /// How it meets the tax.
    pub tax_treatment: TaxTreatment,
}

impl Policy {
    /// When the freight of a line is credited; none if the policy does not speak of freight.
    pub fn outbound_freight(
        &self,
        facts: &Facts<'_>,
    ) -> Result<Option<Ruled<FreightCredit>>, Unanswered> {
        if_written(&self.outbound_freight, facts)
    }

    /// What is charged for the return's label; none if the policy does not speak of labels.
    pub fn return_label(&self, facts: &Facts<'_>) -> Result<Option<Ruled<LabelFee>>, Unanswered> {
        if_written(&self.return_label, facts)
    }

    /// True if it speaks of freight or of labels.
    pub(crate) fn speaks_of_freight_or_labels(&self) -> bool {
        !(self.outbound_freight.is_empty() && self.return_label.is_empty())
    }
}

fn if_written<T: Clone>(
    rules: &[Rule<T>],
    facts: &Facts<'_>,
) -> Result<Option<Ruled<T>>, Unanswered> {
    if rules.is_empty() {
        return Ok(None);
    }
    pick(rules, facts).map(Some)
}

pub(super) fn freight_rule(
    reader: &mut Reader<'_>,
    rule: Spanned<OutboundFreight>,
) -> Option<(String, Rule<FreightCredit>)> {
    let place = reader.rule_place(&rule.span(), &rule.get_ref().id);
    let rule = rule.into_inner();
    let when = reader.selector(&place, rule.when, Question::OutboundFreight)?;
    let rule = Rule {
        id: rule.id,
        when,
        value: rule.credit,
    };
    Some((place, rule))
}

pub(super) fn label_rule(
    reader: &mut Reader<'_>,
    rule: Spanned<ReturnLabel>,
    currency: Currency,
) -> Option<(String, Rule<LabelFee>)> {
    let place = reader.rule_place(&rule.span(), &rule.get_ref().id);
    let rule = rule.into_inner();
    let amount = reader.amount(&place, "amount", &rule.amount, currency);
    let when = reader.selector(&place, rule.when, Question::ReturnLabel);
    let amount_minor = amount?;
    if amount_minor > 0 && rule.tax_treatment.is_none() {
        let words: Vec<&str> = TaxTreatment::ALL.iter().map(|t| t.word()).collect();
        let what = "the charge does not say how it meets the tax".to_owned();
        let fix = format!("set tax_treatment to one of {}", words.join(", "));
        reader.problem(&place, what, fix);
    }
    let fee = LabelFee {
        amount_minor,
        tax_treatment: rule.tax_treatment.unwrap_or(TaxTreatment::ReduceBase),
    };
    let rule = Rule {
        id: rule.id,
        when: when?,
        value: fee,
    };
    Some((place, rule))
}
