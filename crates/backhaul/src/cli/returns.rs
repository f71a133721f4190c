//! `backhaul return`

use canonical::ReturnName;
use canonical::approval::ApprovalSubject;
use clap::{Args, Subcommand};
use router::search;
use serde_json::{Value, json};
use store::{ExceptionFilter, Lookup, Reference, ReturnFilter, ReturnRow, SearchTerm, Store};
use workflow::{ReturnState, TermKind};

use super::place::Place;
use super::remote::{self, Query, given};
use super::{Ended, identify, money, output};
use crate::check;

/// Look at returns; stop their money, take it back, or say whose goods are.
#[derive(Debug, Subcommand)]
pub enum ReturnCommand {
    /// List returns, latest change first
    List(ListArgs),
    /// Show a return: its state, its effects, its open exceptions
    Show(OneArgs),
    /// Show everything that happened to a return, oldest first
    Timeline(OneArgs),
    /// Stop a return's money for now
    Hold(money::HoldArgs),
    /// Lift what stopped a return's money
    Release(money::HoldArgs),
    /// Take a posted credit memo back
    ReverseCredit(money::ReverseCreditArgs),
    /// Say whose goods are that came without a return
    Identify(identify::IdentifyArgs),
}

/// Arguments of `return list`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  backhaul return list --site DC-EAST --lifecycle RECEIVED
  backhaul return list --order SO-4711
  backhaul return list --serial SN-0042 --json")]
pub struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Only of this lifecycle (REQUESTED, AUTHORIZED, …)
    #[arg(long)]
    lifecycle: Option<String>,
    /// Only of this site
    #[arg(long)]
    site: Option<String>,
    /// Only of this business code (R100 … R900)
    #[arg(long)]
    code: Option<String>,
    /// Only of this customer account
    #[arg(long)]
    customer: Option<String>,
    /// Only of this sales channel
    #[arg(long)]
    channel: Option<String>,
    /// Only with this order number on a line
    #[arg(long)]
    order: Option<String>,
    /// Only with this invoice number on a line
    #[arg(long)]
    invoice: Option<String>,
    /// Only with this item on a line: its number, its GTIN or the customer's item number
    #[arg(long)]
    item: Option<String>,
    /// Only with this serial number, expected or received
    #[arg(long)]
    serial: Option<String>,
    /// Only with this tracking number of a parcel
    #[arg(long)]
    tracking: Option<String>,
    /// Only with this number of a document in an ERP
    #[arg(long)]
    document: Option<String>,
    /// At most so many; 0 for all
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `return show` and `return timeline`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  backhaul return show rma:US01/RMA-000042
  backhaul return timeline 01JD3Z7Q2M8K4N6P9R1T3V5X7Z
Exit codes: 3 if there is no such return")]
pub struct OneArgs {
    /// The return: its id, its RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE
    name: String,
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: ReturnCommand) -> Result<(), Ended> {
    if let Some(done) = elsewhere(&command).await {
        return done;
    }
    let config = &place(&command).config;
    let (config, store) = config.open_store().await?;
    let entities = check::entities(&config);
    let outcome = match &command {
        ReturnCommand::List(args) => list(store.as_ref(), args).await,
        ReturnCommand::Show(args) => show(store.as_ref(), args, &entities).await,
        ReturnCommand::Timeline(args) => timeline(store.as_ref(), args, &entities).await,
        ReturnCommand::Hold(args) => money::hold(store.as_ref(), args, true, &entities).await,
        ReturnCommand::Release(args) => money::hold(store.as_ref(), args, false, &entities).await,
        ReturnCommand::ReverseCredit(args) => {
            money::reverse_credit(store.as_ref(), args, &entities).await
        }
        ReturnCommand::Identify(args) => match check::policies(&config) {
            Ok(policies) => identify::run(store.as_ref(), args, &policies, &entities).await,
            Err(report) => Err(report.into()),
        },
    };
    store.close().await;
    outcome
}

fn place(command: &ReturnCommand) -> &Place {
    match command {
        ReturnCommand::List(args) => &args.place,
        ReturnCommand::Show(args) | ReturnCommand::Timeline(args) => &args.place,
        ReturnCommand::Hold(args) | ReturnCommand::Release(args) => args.place(),
        ReturnCommand::ReverseCredit(args) => args.place(),
        ReturnCommand::Identify(args) => args.place(),
    }
}

/// Does it on a running sidecar, if one is given.
async fn elsewhere(command: &ReturnCommand) -> Option<Result<(), Ended>> {
    let sidecar = match place(command).sidecar() {
        Ok(sidecar) => sidecar?,
        Err(ended) => return Some(Err(ended)),
    };
    Some(match command {
        ReturnCommand::List(args) => {
            let query = args.query();
            remote::returns(&sidecar, &query, (args.limit, args.json)).await
        }
        ReturnCommand::Show(args) => remote::show(&sidecar, &args.name, args.json).await,
        ReturnCommand::Timeline(args) => remote::timeline(&sidecar, &args.name, args.json).await,
        ReturnCommand::Identify(args) => identify::elsewhere(&sidecar, args).await,
        ReturnCommand::Hold(args) => money::hold_of(&sidecar, args, true).await,
        ReturnCommand::Release(args) => money::hold_of(&sidecar, args, false).await,
        ReturnCommand::ReverseCredit(args) => money::reverse_credit_of(&sidecar, args).await,
    })
}

impl ListArgs {
    fn query(&self) -> Query<'_> {
        let sides = [
            ("status", &self.lifecycle),
            ("site", &self.site),
            ("business_code", &self.code),
            ("customer", &self.customer),
            ("channel", &self.channel),
            ("order", &self.order),
            ("invoice", &self.invoice),
            ("sku", &self.item),
            ("serial", &self.serial),
            ("tracking", &self.tracking),
            ("document", &self.document),
        ];
        given(&sides)
    }

    fn terms(&self) -> Vec<SearchTerm> {
        search::given(&[
            (TermKind::Serial, &self.serial),
            (TermKind::Tracking, &self.tracking),
            (TermKind::Document, &self.document),
            (TermKind::Order, &self.order),
            (TermKind::Invoice, &self.invoice),
            (TermKind::Customer, &self.customer),
            (TermKind::Item, &self.item),
            (TermKind::Channel, &self.channel),
        ])
    }
}

async fn list(store: &dyn Store, args: &ListArgs) -> Result<(), Ended> {
    let filter = ReturnFilter {
        lifecycle: args.lifecycle.clone(),
        site: args.site.clone(),
        business_code: args.code.clone(),
        terms: args.terms(),
        limit: args.limit,
        ..ReturnFilter::default()
    };
    let rows = store.returns(&filter).await?;
    if args.json {
        let rows: Vec<Value> = rows.iter().map(head).collect();
        return output::json(&rows);
    }
    let rows = rows
        .into_iter()
        .map(|r| {
            let changed = r.updated_at.to_string();
            vec![
                r.return_id,
                r.rma_number,
                r.entity,
                r.site,
                r.customer,
                r.lifecycle,
                r.business_code,
                changed,
            ]
        })
        .collect();
    let header = [
        "id",
        "rma",
        "entity",
        "site",
        "customer",
        "lifecycle",
        "code",
        "changed",
    ];
    output::table(&header, rows, "no such returns")
}

/// A return without the inside of its state.
fn head(row: &ReturnRow) -> Value {
    json!({
        "return_id": row.return_id, "rma_number": row.rma_number, "entity": row.entity, "site": row.site,
        "customer": row.customer, "lifecycle": row.lifecycle, "business_code": row.business_code,
        "updated_at": row.updated_at, "version": row.version,
    })
}

async fn show(store: &dyn Store, args: &OneArgs, entities: &[String]) -> Result<(), Ended> {
    let row = find(store, &args.name, entities).await?;
    let effects = store.effects_of(&row.return_id).await?;
    let filter = ExceptionFilter {
        return_id: Some(row.return_id.clone()),
        ..ExceptionFilter::default()
    };
    let exceptions = store.exceptions(&filter).await?;
    if args.json {
        let state: Value = serde_json::from_str(&row.state)?;
        return output::json(&json!({
            "return": head(&row), "state": state, "effects": effects, "exceptions": exceptions
        }));
    }
    output::line(format!(
        "return {}  rma {}/{}\n{} {}  site {}  customer {}  changed {} (version {})",
        row.return_id,
        row.entity,
        row.rma_number,
        row.lifecycle,
        row.business_code,
        row.site,
        row.customer,
        row.updated_at,
        row.version,
    ))?;
    for line in waiting(&row) {
        output::line(line)?;
    }
    let rows = effects
        .into_iter()
        .map(|e| {
            let money = output::money(e.amount_minor, e.currency.as_deref());
            let document = e
                .document
                .as_deref()
                .map(document_number)
                .unwrap_or(e.failure_code);
            let state = format!("{:?}", e.state);
            vec![
                e.kind,
                e.connector,
                state,
                e.attempts.to_string(),
                money,
                document,
                e.effect_key,
            ]
        })
        .collect();
    let header = [
        "effect",
        "connector",
        "state",
        "sends",
        "amount",
        "document or failure",
        "key",
    ];
    output::table(&header, rows, "no effects")?;
    let rows = exceptions
        .into_iter()
        .map(|e| vec![e.exception_id, format!("{:?}", e.state), e.code, e.reason])
        .collect();
    output::table(
        &["exception", "state", "code", "reason"],
        rows,
        "no exceptions",
    )
}

/// Whom the return waits for: its open approvals, and who may give them.
fn waiting(row: &ReturnRow) -> Vec<String> {
    let Ok(state) = serde_json::from_str::<ReturnState>(&row.state) else {
        return Vec::new();
    };
    let open = state.open_approvals();
    open.map(|approval| {
        let roles: Vec<String> = approval
            .required
            .iter()
            .map(|need| format!("{} × {}", need.min_count, need.role))
            .collect();
        let of = match approval.subject {
            ApprovalSubject::Return => "the return",
            ApprovalSubject::Calc => "a credit",
            ApprovalSubject::Override => "an override",
            ApprovalSubject::Replay => "a replay",
        };
        let (id, roles) = (&approval.approval_id, roles.join(", "));
        format!("waits for approval {id} of {of} by {roles}")
    })
    .collect()
}

/// The number of a document, or the text as stored.
pub(super) fn document_number(json: &str) -> String {
    let number = serde_json::from_str::<Value>(json)
        .ok()
        .and_then(|document| {
            document
                .get("doc_no")
                .and_then(Value::as_str)
                .map(str::to_owned)
        });
    number.unwrap_or_else(|| json.to_owned())
}

async fn timeline(store: &dyn Store, args: &OneArgs, entities: &[String]) -> Result<(), Ended> {
    let row = find(store, &args.name, entities).await?;
    let entries = store.audit(&row.return_id, 0, 10_000).await?;
    if args.json {
        let entries: Vec<Value> = entries
            .iter()
            .map(|row| {
                let body: Value = serde_json::from_str(&row.entry.body).unwrap_or_default();
                json!({
                    "seq": row.seq, "at": row.entry.at, "actor": row.entry.actor,
                    "action": row.entry.action, "correlation_id": row.entry.correlation_id, "body": body
                })
            })
            .collect();
        return output::json(&entries);
    }
    let rows = entries
        .into_iter()
        .map(|row| {
            vec![
                row.seq.to_string(),
                row.entry.at.to_string(),
                row.entry.actor,
                row.entry.action,
            ]
        })
        .collect();
    output::table(
        &["entry", "at", "who", "what"],
        rows,
        "nothing was recorded",
    )
}

/// Finds a return by any of its names. A bare text is tried as id, then as RMA number of each legal entity.
pub(super) async fn find(
    store: &dyn Store,
    name: &str,
    entities: &[String],
) -> Result<ReturnRow, Ended> {
    let lookups: Vec<Lookup> = if let Ok(name) = name.parse::<ReturnName>() {
        vec![lookup(name)]
    } else {
        let number = name.to_owned();
        let rmas = entities.iter().map(|entity| ReturnName::Rma {
            entity: entity.clone(),
            number: number.clone(),
        });
        let id = ReturnName::Id(number.clone());
        std::iter::once(id).chain(rmas).map(lookup).collect()
    };
    let found = store.load(&lookups).await?;
    found.into_iter().flatten().next().ok_or_else(|| {
        Ended::Refused(format!(
            "no return is known as {name:?}: give its id, its RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE"
        ))
    })
}

/// How a name is looked for; the spaces are those under which the workflow stores names.
fn lookup(name: ReturnName) -> Lookup {
    let reference = |space, value| Lookup::Reference(Reference { space, value });
    match name {
        ReturnName::Id(id) => Lookup::Id(id),
        ReturnName::Rma { entity, number } => reference(format!("rma/{entity}"), number),
        ReturnName::External { system, value } => reference(format!("ext/{system}"), value),
    }
}
