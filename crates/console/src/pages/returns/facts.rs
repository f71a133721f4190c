//! A return's head, lines, money, effects and approvals, as they are written on its page.

use canonical::approval::{Approval, Verdict};
use canonical::calculation::{Calculation, Sign};
use canonical::effect::ErpRef;
use canonical::{BusinessCode, Money};
use store::{EffectRow, EffectState, ExceptionRow, ReturnRow};
use workflow::{CreditRecord, PolicySet, ReturnState, calculation_of};

use super::super::{path_of, word};
use crate::access::Holder;

/// A name and what it is.
pub(in crate::pages) struct Fact {
    pub(in crate::pages) name: &'static str,
    pub(in crate::pages) value: String,
}

fn fact(name: &'static str, value: impl Into<String>) -> Fact {
    let value = value.into();
    Fact { name, value }
}

/// The head.
pub(in crate::pages) fn head(row: &ReturnRow, state: &ReturnState) -> Vec<Fact> {
    let header = state.header();
    let standing = state.standing(row.updated_at);
    let mut facts = vec![
        fact("Customer", &header.customer_account),
        fact("Legal entity", &header.legal_entity),
        fact("Goods go to", &header.return_to_site),
        fact("Channel", &header.channel),
        fact("Kind", header.return_type.word()),
        fact("Goods", standing.logistics_status.word()),
        fact("Inspection", standing.inspection_status.word()),
        fact("Money", standing.compensation_status.word()),
        fact("Requested", word::time(header.requested_at)),
    ];
    facts.extend(
        header
            .authorized_at
            .map(|at| fact("Authorised", word::time(at))),
    );
    facts.extend(header.expires_at.map(|at| fact("Expires", word::time(at))));
    facts.push(fact("Last change", word::time(row.updated_at)));
    facts.extend(
        state
            .denial()
            .map(|why| fact("Declined because", why.word())),
    );
    if !header.hold_flags.is_empty() {
        let flags: Vec<&str> = header.hold_flags.iter().map(|flag| flag.word()).collect();
        facts.push(fact("On hold", flags.join(", ")));
    }
    facts.push(fact("Policy", &header.policy_version));
    for name in &header.external_refs {
        let text = format!("{} {}: {}", name.system, name.kind, name.value);
        facts.push(fact("Also known as", text));
    }
    facts.push(fact("Id", &header.return_id));
    facts
}

/// What its business code says.
pub(in crate::pages) fn meaning(code: BusinessCode) -> String {
    format!("{}: {}", code.word(), code.sentence())
}

/// A line.
pub(in crate::pages) struct Line {
    pub(in crate::pages) no: u32,
    pub(in crate::pages) sku: String,
    pub(in crate::pages) order: String,
    pub(in crate::pages) invoice: String,
    pub(in crate::pages) reason: &'static str,
    pub(in crate::pages) requested: String,
    pub(in crate::pages) authorized: String,
    pub(in crate::pages) buckets: Vec<(String, String)>,
}

/// The lines.
pub(in crate::pages) fn lines(state: &ReturnState) -> Vec<Line> {
    let lines = state.lines().iter();
    let line = |line: &workflow::LineState| {
        let of = &line.line;
        let order = of.order_ref.as_ref();
        let invoice = of.invoice_ref.as_ref();
        let buckets = line.buckets.held();
        Line {
            no: of.line_no,
            sku: of.sku.clone(),
            order: order.map_or_else(String::new, |order| order.order.clone()),
            invoice: invoice.map_or_else(String::new, |invoice| {
                format!("{} / {}", invoice.document, invoice.line)
            }),
            reason: of.reason.word(),
            requested: format!("{} {}", of.qty_requested, of.uom),
            authorized: format!("{} {}", of.qty_authorized, of.uom),
            buckets: buckets
                .map(|(bucket, qty)| (bucket.word().replace('_', " "), qty.to_string()))
                .collect(),
        }
    };
    lines.map(line).collect()
}

/// An amount of a credit, with where it comes from.
pub(in crate::pages) struct Component {
    pub(in crate::pages) line: String,
    pub(in crate::pages) what: String,
    pub(in crate::pages) amount: String,
    pub(in crate::pages) how: String,
    pub(in crate::pages) rule: String,
}

/// A credit.
pub(in crate::pages) struct Credit {
    pub(in crate::pages) version: u32,
    pub(in crate::pages) state: String,
    pub(in crate::pages) gross: String,
    pub(in crate::pages) payable: String,
    pub(in crate::pages) approval: String,
    pub(in crate::pages) amounts: Vec<Component>,
    pub(in crate::pages) totals: Vec<Fact>,
    /// The calculation cannot be made any more.
    pub(in crate::pages) is_lost: bool,
}

/// The credits, each as its calculation holds it.
pub(in crate::pages) fn credits(state: &ReturnState, policies: &PolicySet) -> Vec<Credit> {
    let credits = state.credits().iter();
    credits.map(|one| credit(state, policies, one)).collect()
}

fn credit(state: &ReturnState, policies: &PolicySet, credit: &CreditRecord) -> Credit {
    let currency = state.header().currency;
    let money = |minor: i64| Money::new(minor, currency).to_string();
    let calculation = calculation_of(state, policies, credit.version);
    let standing = serde_json::to_value(credit.state).ok();
    let standing = standing.as_ref().and_then(|value| value.as_str());
    Credit {
        version: credit.version,
        state: standing.unwrap_or_default().replace('_', " "),
        gross: money(credit.gross_minor),
        payable: money(credit.payable_minor),
        approval: credit.approval_id.clone().unwrap_or_default(),
        is_lost: calculation.is_none(),
        amounts: calculation.as_ref().map(amounts).unwrap_or_default(),
        totals: calculation.as_ref().map(totals).unwrap_or_default(),
    }
}

/// Each amount of a calculation.
pub(in crate::pages) fn amounts(calculation: &Calculation) -> Vec<Component> {
    let money = |minor: i64| Money::new(minor, calculation.ccy).to_string();
    let components = calculation.components.iter().map(|component| Component {
        line: component
            .line_no
            .map_or_else(String::new, |n| n.to_string()),
        what: component.kind.to_string(),
        amount: match component.sign {
            Sign::Credit => money(component.amount_minor),
            Sign::Charge => format!("−{}", money(component.amount_minor)),
        },
        how: component.formula.clone(),
        rule: component.policy_rule_id.clone(),
    });
    let taxes = calculation.tax_lines.iter().map(|tax| Component {
        line: tax.line_no.to_string(),
        what: format!("of it {} {}", tax.jurisdiction, tax.tax_type),
        amount: money(tax.tax_minor),
        how: format!("{} at {} %", money(tax.taxable_minor), tax.rate_at_invoice),
        rule: "as invoiced".to_owned(),
    });
    components.chain(taxes).collect()
}

fn totals(calculation: &Calculation) -> Vec<Fact> {
    let money = |minor: i64| Money::new(minor, calculation.ccy).to_string();
    let totals = &calculation.totals;
    vec![
        fact("Net", money(totals.net_minor)),
        fact("Tax", money(totals.tax_minor)),
        fact("Gross", money(totals.gross_minor)),
        fact("Fees", money(totals.fees_minor)),
        fact("Payable", money(totals.payable_minor)),
    ]
}

/// An effect.
pub(in crate::pages) struct Effect {
    pub(in crate::pages) key: String,
    pub(in crate::pages) kind: String,
    pub(in crate::pages) connector: String,
    pub(in crate::pages) state: &'static str,
    pub(in crate::pages) is_stuck: bool,
    pub(in crate::pages) amount: String,
    pub(in crate::pages) document: String,
    pub(in crate::pages) sends: u32,
    pub(in crate::pages) failure: String,
    pub(in crate::pages) at: String,
}

/// An effect as it is written.
pub(in crate::pages) fn effect(row: &EffectRow) -> Effect {
    let document = row.document.as_deref();
    let document = document.and_then(|json| serde_json::from_str::<ErpRef>(json).ok());
    let amount = row.amount_minor.zip(row.currency.as_deref());
    let words = [row.failure_code.as_str(), row.failure_text.as_str()];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    Effect {
        key: row.effect_key.clone(),
        kind: row.kind.clone(),
        connector: row.connector.clone(),
        state: row.state.word(),
        is_stuck: matches!(
            row.state,
            EffectState::Rejected | EffectState::Ambiguous | EffectState::Parked
        ),
        amount: amount.map_or_else(String::new, |(minor, ccy)| word::money(minor, ccy)),
        document: document.map_or_else(String::new, |erp| {
            format!("{} {}", erp.doc_type, erp.doc_no)
        }),
        sends: row.attempts,
        failure: words.join(": "),
        at: word::time(row.updated_at),
    }
}

/// An approval.
pub(in crate::pages) struct ApprovalFacts {
    pub(in crate::pages) id: String,
    pub(in crate::pages) state: &'static str,
    pub(in crate::pages) needs: String,
    pub(in crate::pages) asked_by: String,
    pub(in crate::pages) due: String,
    pub(in crate::pages) decisions: Vec<String>,
}

/// An approval as it is written.
pub(in crate::pages) fn approval(approval: &Approval) -> ApprovalFacts {
    let needs = approval.required.iter();
    let needs: Vec<String> = needs
        .map(|need| format!("{} × {}", need.min_count, need.role))
        .collect();
    let said = approval.decisions.iter().map(|decision| {
        let verdict = match decision.decision {
            Verdict::Approve => "approved",
            Verdict::Reject => "rejected",
        };
        let whom = decision.on_behalf_of.as_ref();
        let whom = whom.map_or_else(String::new, |user| format!(" for {user}"));
        let (at, user, role) = (word::time(decision.ts), &decision.user, &decision.role);
        let why = if decision.reason.is_empty() {
            String::new()
        } else {
            format!(": {}", decision.reason)
        };
        format!("{at} {user}{whom} {verdict} as {role}{why}")
    });
    ApprovalFacts {
        id: approval.approval_id.clone(),
        state: approval.state.word(),
        needs: needs.join(", "),
        asked_by: approval.requested_by.clone(),
        due: approval
            .expires_at
            .map_or_else(|| "–".to_owned(), word::time),
        decisions: said.collect(),
    }
}

/// An exception of the return.
pub(in crate::pages) struct Trouble {
    pub(in crate::pages) to: String,
    pub(in crate::pages) code: String,
    pub(in crate::pages) state: &'static str,
    pub(in crate::pages) is_open: bool,
    pub(in crate::pages) reason: String,
}

/// An exception as it is written.
pub(in crate::pages) fn trouble(row: &ExceptionRow, holder: &Holder) -> Trouble {
    Trouble {
        to: path_of("exceptions", &row.exception_id),
        code: row.code.clone(),
        state: row.state.word(),
        is_open: row.state == store::ExceptionState::Open,
        reason: holder.shown_text(&row.reason),
    }
}
