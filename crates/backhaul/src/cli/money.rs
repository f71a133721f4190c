//! `backhaul return hold`, `release` and `reverse-credit`: what stops a return's money, and what takes it back

use std::time::Duration;

use canonical::event::{CreditReversalRequest, HoldChange};
use canonical::{EffectKind, EventData, HoldFlag};
use clap::Args;
use jiff::Timestamp;
use router::operator::{self, Told};
use serde_json::json;
use store::{EffectRow, EffectState, Lookup, Store};
use tokio::time::Instant;
use workflow::ReturnState;

use super::place::{self, Place};
use super::remote::{self, Sidecar};
use super::{Ended, code, output, returns};

/// Between two looks whether it is taken up.
const LOOK: Duration = Duration::from_millis(100);

/// Arguments of `return hold` and `return release`.
#[derive(Debug, Args)]
#[command(after_help = "\
A hold stops what is not posted yet; goods go on. When the last hold is lifted, what waited is posted, once.
Flags: CUSTOMER_HOLD, FRAUD, RECALL, LEGAL, PERIOD, MANUAL. RECALL also keeps the goods out of available stock.
A running sidecar takes it up within a second or two, and until it has nothing is stopped: this waits for it, and says whether it holds.
With --url it holds at once.
Exit codes: 3 if there is no such return

Examples:
  backhaul return hold rma:US01/RMA-000042 --flag FRAUD --by fiona --reason \"serial numbers do not match\"
  backhaul return release rma:US01/RMA-000042 --flag FRAUD --by fiona")]
pub struct HoldArgs {
    /// The return: its id, its RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE
    name: String,
    #[command(flatten)]
    place: Place,
    /// What stops the money
    #[arg(long, value_parser = code::one_of(HoldFlag::ALL, HoldFlag::word))]
    flag: HoldFlag,
    /// Who decides; goes into the audit. With --url whoever the token stands for
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why; goes into the audit
    #[arg(long, default_value = "")]
    reason: String,
    /// How long a running sidecar is waited for
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    wait: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `return reverse-credit`.
#[derive(Debug, Args)]
#[command(after_help = "\
Takes back what is posted of the memo, with its corrections, to the minor unit. Its units can be credited again afterwards: at
once with --credit-again or when they were inspected or disposed anew meanwhile, else when they are.
A running sidecar does the work; this records the decision.
Exit codes: 3 if there is no such return, or no such memo of it that is posted

Example:
  backhaul return reverse-credit rma:US01/RMA-000042 --memo CM-100017 --reason \"wrong customer\" --by fiona")]
pub struct ReverseCreditArgs {
    /// The return: its id, its RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE
    name: String,
    #[command(flatten)]
    place: Place,
    /// The memo: its number in the ERP, or its effect key
    #[arg(long, value_name = "NO")]
    memo: String,
    /// Why; goes into the audit and onto the reversal
    #[arg(long)]
    reason: String,
    /// Who decides; goes into the audit. With --url whoever the token stands for
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Credit the units anew by what is known of them, once the memo is taken back
    #[arg(long)]
    credit_again: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl HoldArgs {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

impl ReverseCreditArgs {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

/// The same on a running sidecar.
pub(super) async fn hold_of(sidecar: &Sidecar, args: &HoldArgs, held: bool) -> Result<(), Ended> {
    place::unnamed(args.by.as_deref())?;
    let what = if held { "hold" } else { "release" };
    let asked = json!({ "flag": args.flag, "reason": args.reason });
    remote::hold(sidecar, &args.name, (what, &asked), args.json).await
}

/// The same on a running sidecar.
pub(super) async fn reverse_credit_of(
    sidecar: &Sidecar,
    args: &ReverseCreditArgs,
) -> Result<(), Ended> {
    place::unnamed(args.by.as_deref())?;
    let again = args.credit_again;
    let asked = json!({ "memo": args.memo, "credit_again": again, "reason": args.reason });
    remote::reverse_credit(sidecar, &args.name, &asked, args.json).await
}

pub(super) async fn hold(
    store: &dyn Store,
    args: &HoldArgs,
    held: bool,
    entities: &[String],
) -> Result<(), Ended> {
    let who = place::named(args.by.as_deref())?.trim();
    let row = returns::find(store, &args.name, entities).await?;
    let now = Timestamp::now();
    let told = Told {
        return_id: &row.return_id,
        id: &format!("{}/{held}/{now}", args.flag),
        data: EventData::HoldChanged(HoldChange {
            flag: args.flag,
            held,
            changed_at: now,
            changed_by: who.to_owned(),
            reason: args.reason.clone(),
        }),
        who,
        reason: &args.reason,
    };
    let key = operator::tell(store, &told, now).await?;
    let holds = taken_up(store, args, (&row.return_id, held)).await?;
    let what = if held { "set" } else { "lifted" };
    let says = if holds {
        format!("{} is {what} by {who}", args.flag)
    } else {
        format!(
            "that {} is {what} by {who} is recorded; no sidecar has taken it up within {} s: until one does, nothing changes",
            args.flag, args.wait
        )
    };
    if args.json {
        return output::json(&json!({ "key": key, "taken_up": holds, "says": says }));
    }
    output::line(says)
}

/// Waits until the return is as it is to be. True if it is.
async fn taken_up(
    store: &dyn Store,
    args: &HoldArgs,
    (return_id, held): (&str, bool),
) -> Result<bool, Ended> {
    let until = Instant::now() + Duration::from_secs(args.wait);
    loop {
        let found = store.load(&[Lookup::Id(return_id.to_owned())]).await?;
        let row = found.into_iter().flatten().next();
        let state = row.and_then(|row| serde_json::from_str::<ReturnState>(&row.state).ok());
        let flags = state.map(|state| state.header().hold_flags.contains(&args.flag));
        if flags == Some(held) {
            return Ok(true);
        }
        if Instant::now() >= until {
            return Ok(false);
        }
        tokio::time::sleep(LOOK).await;
    }
}

pub(super) async fn reverse_credit(
    store: &dyn Store,
    args: &ReverseCreditArgs,
    entities: &[String],
) -> Result<(), Ended> {
    let who = place::named(args.by.as_deref())?.trim();
    if args.reason.trim().is_empty() {
        return Err(Ended::Wrong("say why: --reason is empty".to_owned()));
    }
    let row = returns::find(store, &args.name, entities).await?;
    let effects = store.effects_of(&row.return_id).await?;
    let is_it = |effect: &&EffectRow| {
        effect.kind == EffectKind::ErpCreditMemo.word()
            && effect.state == EffectState::Confirmed
            && (effect.effect_key == args.memo || number(effect) == args.memo)
    };
    let Some(memo) = effects.iter().find(is_it) else {
        return Err(Ended::Refused(format!(
            "return {} has no posted credit memo {:?}: look at `backhaul return show {}`",
            row.rma_number, args.memo, row.return_id
        )));
    };
    let now = Timestamp::now();
    let id = format!("{}/{now}", memo.effect_key);
    let told = Told {
        return_id: &row.return_id,
        id: &id,
        data: EventData::CreditReversalRequested(CreditReversalRequest {
            request_id: id.clone(),
            memo: memo.effect_key.clone(),
            credit_again: args.credit_again,
            requested_by: who.to_owned(),
            reason: args.reason.clone(),
        }),
        who,
        reason: &args.reason,
    };
    let key = operator::tell(store, &told, now).await?;
    said(
        args.json,
        key.as_str(),
        &format!("memo {} is to be taken back, asked by {who}", number(memo)),
    )
}

/// The number of an effect's document.
fn number(effect: &EffectRow) -> String {
    effect
        .document
        .as_deref()
        .map(returns::document_number)
        .unwrap_or_default()
}

fn said(as_json: bool, key: &str, what: &str) -> Result<(), Ended> {
    if as_json {
        return output::json(&json!({ "key": key, "says": what }));
    }
    output::line(format!("{what}; a running sidecar takes it up"))
}
