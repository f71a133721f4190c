//! `backhaul approval show`

use canonical::Money;
use canonical::approval::{ApprovalSubject, Verdict};
use canonical::calculation::{Calculation, Sign};
use clap::Args;
use jiff::Timestamp;
use router::approve::Case;
use serde_json::json;
use store::Store;
use workflow::{Correction, PolicySet};

use super::{Ended, Place, Sidecar, output, remote};

/// Arguments of `approval show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  backhaul approval show APR-k3v7q2m5x4c6z7aa
Exit codes: 3 if there is no such approval")]
pub struct ShowArgs {
    /// The approval
    id: String,
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl ShowArgs {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

/// The same on a running sidecar.
pub(super) async fn run_of(sidecar: &Sidecar, args: &ShowArgs) -> Result<(), Ended> {
    remote::approval(sidecar, &args.id, args.json).await
}

pub(super) async fn run(
    store: &dyn Store,
    policies: &PolicySet,
    args: &ShowArgs,
) -> Result<(), Ended> {
    let case = super::one(store, &args.id).await?;
    let calculation = case.calculation(policies);
    let correction = case.correction(policies);
    let follows = case.follows();
    if args.json {
        let mut value = super::list::value(&case, Timestamp::now());
        if let Some(members) = value.as_object_mut() {
            members.insert("calculation".to_owned(), json!(calculation));
            if let Some(correction) = &correction {
                members.insert("correction".to_owned(), json!(correction));
            }
            members.insert("if_approved".to_owned(), json!(follows));
        }
        return output::json(&value);
    }
    head(&case)?;
    decisions(&case)?;
    if let Some(correction) = &correction {
        corrected(correction)?;
    }
    match &calculation {
        Some(calculation) => {
            figures(calculation)?;
            output::line(format!(
                "units {}  policy {}",
                case.approval.covers.join(", "),
                calculation.policy_version
            ))?;
        }
        None if case.approval.subject == ApprovalSubject::Calc => output::line(
            "the calculation is another one by now, or the policy it was made under is not configured here",
        )?,
        None => {}
    }
    for line in follows {
        output::line(line)?;
    }
    Ok(())
}

fn head(case: &Case) -> Result<(), Ended> {
    let (header, approval) = (case.state.header(), &case.approval);
    output::line(format!(
        "approval {} of a {}: {} (version {})\nreturn {}  rma {}/{}  customer {}  asked by {}\nrules {}",
        approval.approval_id,
        case.what(),
        approval.state,
        approval.version,
        header.return_id,
        header.legal_entity,
        header.rma_number,
        header.customer_account,
        approval.requested_by,
        approval.rule_ids.join(", "),
    ))?;
    let needs = approval.required.iter();
    let asked = super::roles(needs.map(|need| (need.role.as_str(), need.min_count)));
    output::line(format!(
        "takes {asked}; missing: {}",
        or_nobody(super::missing(approval))
    ))?;
    if let Some(due) = approval.expires_at {
        let level = approval.escalation_level;
        output::line(format!("due {due}, escalated {level} times"))?;
    }
    if let Some(amount) = approval.amount {
        let gross = Money::new(amount.gross_minor, amount.ccy);
        let compared = Money::new(amount.compared_minor, amount.ccy);
        output::line(format!(
            "gross {gross}; compared with the ladder and the limits: {compared} (with other credits on the same invoice)"
        ))?;
    }
    match &approval.carried_from {
        Some(earlier) => output::line(format!(
            "takes over the decisions of {earlier}: the credit became smaller within the tolerance"
        )),
        None => Ok(()),
    }
}

fn or_nobody(text: String) -> String {
    if text.is_empty() {
        "nobody".to_owned()
    } else {
        text
    }
}

fn decisions(case: &Case) -> Result<(), Ended> {
    let rows = case.approval.decisions.iter().map(|decision| {
        let what = match decision.decision {
            Verdict::Approve => "approved",
            Verdict::Reject => "rejected",
        };
        vec![
            decision.ts.to_string(),
            decision.user.clone(),
            decision.role.clone(),
            decision.on_behalf_of.clone().unwrap_or_default(),
            what.to_owned(),
            decision.reason.clone(),
        ]
    });
    let header = ["at", "who", "as", "for", "decision", "reason"];
    output::table(&header, rows.collect(), "nobody has decided yet")
}

/// What a correction is the difference of.
fn corrected(correction: &Correction) -> Result<(), Ended> {
    let memo = match correction.document_no.as_str() {
        "" => format!("the memo of credit {}", correction.corrects),
        number => format!("credit memo {number} (credit {})", correction.corrects),
    };
    output::line(format!("a correction of {memo}"))?;
    match &correction.new {
        Some(new) => {
            output::line("new, by what is known of the goods now:")?;
            figures(new)?;
        }
        None => output::line("new: nothing is credited for the goods any more")?,
    }
    let (posted, money) = (&correction.posted, |minor: i64| {
        Money::new(minor, correction.difference.ccy)
    });
    output::line(format!(
        "posted so far: net {}  tax {}  gross {}  fees {}",
        money(posted.net_minor),
        money(posted.tax_minor),
        money(posted.gross_minor),
        money(posted.fees_minor)
    ))?;
    output::line("difference, new less posted:")
}

fn figures(calculation: &Calculation) -> Result<(), Ended> {
    let money = |minor: i64| Money::new(minor, calculation.ccy).to_string();
    let components = calculation.components.iter().map(|component| {
        let sign = match component.sign {
            Sign::Credit => "",
            Sign::Charge => "−",
        };
        let line = component.line_no.map(|line| line.to_string());
        vec![
            line.unwrap_or_default(),
            component.kind.to_string(),
            format!("{sign}{}", money(component.amount_minor)),
            component.formula.clone(),
            component.policy_rule_id.clone(),
        ]
    });
    let taxes = calculation.tax_lines.iter().map(|tax| {
        vec![
            tax.line_no.to_string(),
            format!("TAX {} {}", tax.jurisdiction, tax.tax_type),
            money(tax.tax_minor),
            format!("{} at {} %", money(tax.taxable_minor), tax.rate_at_invoice),
            "as invoiced".to_owned(),
        ]
    });
    let header = ["line", "component", "amount", "how", "rule"];
    output::table(&header, components.chain(taxes).collect(), "no components")?;
    let totals = &calculation.totals;
    output::line(format!(
        "net {}  tax {}  gross {}  fees {}  payable {}",
        money(totals.net_minor),
        money(totals.tax_minor),
        money(totals.gross_minor),
        money(totals.fees_minor),
        money(totals.payable_minor),
    ))
}
