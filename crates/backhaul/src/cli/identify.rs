//! `backhaul return identify`: whose goods are that came without a return

use std::io::Read as _;
use std::path::{Path, PathBuf};

use canonical::identification::{Identification, Identified, Sale};
use canonical::{Event, EventData, MessageKey, Qty, ReturnName};
use clap::{ArgGroup, Args};
use jiff::Timestamp;
use router::claim;
use router::operator::{self, CONNECTOR, Told};
use serde_json::json;
use store::Store;
use workflow::{Claim, Found, Given, PolicySet, ReturnState, Verdict, apply, invoice_lines_of};

use super::place::{self, Place};
use super::remote::{self, Sidecar};
use super::{Ended, output, returns};

/// Arguments of `return identify`.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("whose").required(true).args(["sale", "belongs_to", "unidentifiable", "draft"]),
    after_help = "\
For returns of type BLIND, that goods opened which came without one, as long as nobody has decided on them. The goods of a sale are
decided on as a return of it, by somebody else than who says so; those of another return go there, and this one is cancelled; if
nobody can tell, it is declined, and the goods stay on hold until they are sent away.
--draft prints a sale with what is known of the goods; fill in customer, channel, reason and invoice, and give it to --sale.
What would be refused is refused at once; a running sidecar does the work, this records what was found out.
Exit codes: 3 if there is no such return, it holds no such goods, or they cannot come back from that sale

Examples:
  backhaul return identify RMA-x7k2 --draft > sale.json
  backhaul return identify RMA-x7k2 --sale sale.json --by max --reason \"the packing slip was inside\"
  backhaul return identify RMA-x7k2 --belongs-to rma:US01/RMA-000042 --by max --reason \"the customer says so\"
  backhaul return identify RMA-x7k2 --unidentifiable --by max --reason \"no label, no slip, no answer\"")]
pub struct IdentifyArgs {
    /// The return that holds the goods: its id, its RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE
    name: String,
    #[command(flatten)]
    place: Place,
    /// They were sold to a customer who has not asked: the sale, a JSON file (`Sale` of docs/reference/schemas), - for standard input
    #[arg(long, value_name = "FILE")]
    sale: Option<PathBuf>,
    /// They belong to that return, by any of its names
    #[arg(long, value_name = "RETURN")]
    belongs_to: Option<String>,
    /// Nobody can tell
    #[arg(long)]
    unidentifiable: bool,
    /// Print a sale to be filled in, and do nothing
    #[arg(long)]
    draft: bool,
    /// With --unidentifiable: sales channel of the sender, if that much is known; its partner is told
    #[arg(long, value_name = "CODE", requires = "unidentifiable")]
    channel: Option<String>,
    /// Who found it out; may not approve the return. With --url whoever the token stands for
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// How it was found out; goes into the audit
    #[arg(long, required_unless_present = "draft")]
    reason: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl IdentifyArgs {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

/// The same on a running sidecar.
pub(super) async fn elsewhere(sidecar: &Sidecar, args: &IdentifyArgs) -> Result<(), Ended> {
    if args.draft {
        let what = "--draft is printed from the store: leave --url out";
        return Err(Ended::Wrong(what.to_owned()));
    }
    place::unnamed(args.by.as_deref())?;
    let reason = args.reason.as_deref().unwrap_or_default();
    let found = match (&args.sale, &args.belongs_to) {
        (Some(path), _) => Identified::Sale(Box::new(read(path)?)),
        (None, Some(name)) => Identified::Return {
            return_id: name.clone(),
        },
        (None, None) => Identified::Unidentifiable {
            channel: args.channel.clone(),
        },
    };
    let told = (serde_json::to_value(found)?, reason);
    remote::identify(sidecar, &args.name, told, args.json).await
}

pub(super) async fn run(
    store: &dyn Store,
    args: &IdentifyArgs,
    policies: &PolicySet,
    entities: &[String],
) -> Result<(), Ended> {
    let row = returns::find(store, &args.name, entities).await?;
    let state: ReturnState = serde_json::from_str(&row.state)?;
    if !state.waits_for_identification() {
        return Err(Ended::Refused(format!(
            "return {} is {} and holds no goods that wait for somebody to say whose they are",
            row.rma_number, row.lifecycle
        )));
    }
    if args.draft {
        return output::json(&draft(&state));
    }
    let who = args.by.as_deref().unwrap_or_default().trim();
    let reason = args.reason.as_deref().unwrap_or_default();
    if who.is_empty() || reason.trim().is_empty() {
        let what = "say who found it out and how: --by or --reason is empty";
        return Err(Ended::Wrong(what.to_owned()));
    }
    let found = found(store, args, entities).await?;
    let now = Timestamp::now();
    let id = format!("identification/{now}");
    let data = EventData::GoodsIdentified(Box::new(Identification {
        request_id: id.clone(),
        requested_by: who.to_owned(),
        reason: reason.to_owned(),
        found,
    }));
    may_be(store, policies, &state, &data, now).await?;
    let told = Told {
        return_id: &row.return_id,
        id: &id,
        data,
        who,
        reason,
    };
    let key = operator::tell(store, &told, now).await?;
    let what = format!(
        "{who} says whose the goods of return {} are",
        row.rma_number
    );
    if args.json {
        return output::json(&json!({ "key": key, "return_id": row.return_id, "says": what }));
    }
    output::line(format!("{what}; a running sidecar takes it up"))
}

/// The sale as far as it is known.
fn draft(state: &ReturnState) -> Sale {
    let header = state.header();
    let lines = state.lines().iter().map(|line| {
        let mut line = line.line.clone();
        line.qty_authorized = Qty::ZERO;
        line
    });
    Sale {
        channel: header.channel.clone(),
        customer_segment: header.customer_segment.clone(),
        customer_account: header.customer_account.clone(),
        bill_to: Some(header.bill_to.clone()).filter(|account| !account.is_empty()),
        ship_from: header.ship_from.clone(),
        currency: header.currency,
        base_currency: Some(header.base_currency),
        fx_rate: header.fx_rate,
        lines: lines.collect(),
    }
}

async fn found(
    store: &dyn Store,
    args: &IdentifyArgs,
    entities: &[String],
) -> Result<Identified, Ended> {
    if let Some(path) = &args.sale {
        return Ok(Identified::Sale(Box::new(read(path)?)));
    }
    if let Some(name) = &args.belongs_to {
        let other = returns::find(store, name, entities).await?;
        let return_id = other.return_id;
        return Ok(Identified::Return { return_id });
    }
    let channel = args.channel.clone();
    Ok(Identified::Unidentifiable { channel })
}

fn read(path: &Path) -> Result<Sale, Ended> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|error| Ended::Failed(format!("{}: {error}", path.display())))?;
    serde_json::from_str(&text)
        .map_err(|error| Ended::Wrong(format!("{}: no sale: {error}", path.display())))
}

/// What the workflow would refuse is refused; it decides all the same.
async fn may_be(
    store: &dyn Store,
    policies: &PolicySet,
    state: &ReturnState,
    data: &EventData,
    now: Timestamp,
) -> Result<(), Ended> {
    let event = Event {
        key: MessageKey::derive(&[CONNECTOR, state.return_id(), "tried"]),
        subject: ReturnName::Id(state.return_id().to_owned()),
        occurred_at: now,
        data: data.clone(),
    };
    let lines = invoice_lines_of(&event, Some(state));
    let claims = store.claims(&lines).await?;
    let claims: Vec<Claim> = claims.into_iter().map(claim).collect();
    let given = Given {
        policies,
        now,
        connector: CONNECTOR,
        correlation_id: "",
        causation_id: "",
        crosswalk_version: "",
        claims: &claims,
        history: None,
        again: false,
        found: Found::ByName,
    };
    match apply(Some(state.clone()), &event, &given).verdict {
        Verdict::Ignored(why) => Err(Ended::Refused(why)),
        _ => Ok(()),
    }
}
