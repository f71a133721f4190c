//! `/`: where returns are, what is overdue, and how it stands with the connectors.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use askama::Template;
use axum::response::Response;
use canonical::BusinessCode as Code;
use jiff::Timestamp;
use store::{EffectState, ExceptionFilter, ExceptionRow, ExceptionState, ReturnFilter};
use tokio::time::Instant;
use workflow::{CreditState, ReturnState};

use super::frame::{Frame, Part, page};
use super::session::Session;
use super::{Console, path_of, word};
use crate::access::Scope;
use crate::api::App;
use crate::problem::Problem;
use crate::returns::find;

/// Returns of one status whose money and age are looked at, latest change first.
const LOOKED_AT: usize = 400;
/// An overview is not made anew within that time: many look at it, and it reads much.
const FRESH: Duration = Duration::from_secs(5);
/// So old it is still shown, with its time, while it is made anew: nobody waits for it on a large store.
const SHOWN: Duration = Duration::from_mins(1);
/// Overdue things that are shown.
const OVERDUE: usize = 15;

/// The stages that a return passes, with the statuses of each.
const STAGES: &[(&str, &[Code])] = &[
    ("Requested", &[Code::R100, Code::R110, Code::R120]),
    ("Awaiting receipt", &[Code::R200, Code::R210, Code::R300]),
    (
        "Inspection",
        &[Code::R310, Code::R320, Code::R400, Code::R410, Code::R420],
    ),
    ("Approval", &[Code::R500, Code::R510]),
    ("Posting", &[Code::R520, Code::R530, Code::R600, Code::R610]),
    ("Exception", &[Code::R700]),
];

/// A status within a stage.
#[derive(Debug, Clone)]
struct Status {
    code: &'static str,
    meaning: &'static str,
    count: u64,
    to: String,
}

/// Where returns are.
#[derive(Debug, Clone)]
struct Stage {
    name: &'static str,
    count: u64,
    money: String,
    oldest: String,
    /// Not all of them were looked at: money and age are of the latest.
    is_part: bool,
    /// Of the fullest stage, for the bar; 0 to 76.
    share: u64,
    is_trouble: bool,
    statuses: Vec<Status>,
}

/// Something that takes longer than it should.
#[derive(Debug, Clone)]
struct Late {
    what: String,
    to: String,
    since: String,
    /// Who may see it.
    asks: Scope,
}

/// How it stands with a connector.
#[derive(Debug, Clone, Default)]
struct Connector {
    name: String,
    waiting: u64,
    under_way: u64,
    unknown: u64,
    stuck: u64,
    confirmed: u64,
    exceptions: u64,
}

/// What is kept of an overview for a moment.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    at: Timestamp,
    stages: Vec<Stage>,
    done: u64,
    late: Vec<Late>,
    connectors: Vec<Connector>,
    exceptions: usize,
    at_risk: String,
    unpublished: u64,
    store: String,
    is_well: bool,
}

/// An overview, when it was begun and when it was made.
#[derive(Debug, Clone)]
struct Kept {
    begun: Instant,
    made: Instant,
    flow: Arc<Flow>,
}

/// The last overview.
#[derive(Debug, Default)]
pub(super) struct Last {
    kept: Mutex<Option<Kept>>,
    /// Held by whoever makes the next one.
    making: tokio::sync::Mutex<()>,
}

impl Last {
    /// One that is not older than that.
    fn younger(&self, age: Duration) -> Option<Arc<Flow>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.as_ref()?;
        (kept.made.elapsed() < age).then(|| Arc::clone(&kept.flow))
    }

    /// When it was begun: what happened before that is in it.
    pub(super) fn begun(&self) -> Option<Instant> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().map(|kept| kept.begun)
    }

    /// Makes the next one. By whoever holds `making`.
    async fn make(&self, app: &App) -> Result<Arc<Flow>, Problem> {
        let begun = Instant::now();
        let flow = Arc::new(read(app).await?);
        let next = Kept {
            begun,
            made: Instant::now(),
            flow: Arc::clone(&flow),
        };
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
        Ok(flow)
    }
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage<'a> {
    frame: Frame,
    flow: &'a Flow,
    at: String,
    sees_returns: bool,
    sees_exceptions: bool,
    chart: Vec<Bar>,
    late: Vec<&'a Late>,
    late_count: usize,
}

/// A stage in the picture.
struct Bar {
    name: &'static str,
    count: u64,
    x: usize,
    middle: usize,
    y: u64,
    height: u64,
    is_trouble: bool,
}

/// Shows it.
pub(super) async fn overview(
    console: &Arc<Console>,
    session: &Session,
) -> Result<Response, Problem> {
    let flow = fresh(console).await?;
    let mine = flow.late.iter().filter(|one| session.holder.may(one.asks));
    let chart = flow.stages.iter().enumerate().map(|(n, stage)| Bar {
        name: stage.name,
        count: stage.count,
        x: 10 + n * 160,
        middle: 80 + n * 160,
        y: 104 - stage.share.max(2),
        height: stage.share.max(2),
        is_trouble: stage.is_trouble,
    });
    page(&OverviewPage {
        frame: Frame::new(Some(session), Part::Overview, "Overview"),
        at: word::time(flow.at),
        sees_returns: session.holder.may(Scope::ReturnsRead),
        sees_exceptions: session.holder.may(Scope::ExceptionsRead),
        chart: chart.collect(),
        late_count: mine.clone().count(),
        late: mine.take(OVERDUE).collect(),
        flow: &flow,
    })
}

async fn fresh(console: &Arc<Console>) -> Result<Arc<Flow>, Problem> {
    let last = &console.overview;
    if let Some(flow) = last.younger(FRESH) {
        return Ok(flow);
    }
    if let Some(flow) = last.younger(SHOWN) {
        renew(console);
        return Ok(flow);
    }
    let _making = last.making.lock().await;
    if let Some(flow) = last.younger(FRESH) {
        return Ok(flow);
    }
    last.make(&console.app).await
}

/// Has the overview made anew, unless it is fresh or under way; nobody waits for it.
pub(super) fn renew(console: &Arc<Console>) {
    if console.overview.younger(FRESH).is_some() || console.overview.making.try_lock().is_err() {
        return;
    }
    let console = Arc::clone(console);
    tokio::spawn(async move {
        let last = &console.overview;
        let Ok(_making) = last.making.try_lock() else {
            return;
        };
        if let Err(problem) = last.make(&console.app).await {
            tracing::warn!(why = %problem.detail, "the overview is not made anew");
        }
    });
}

async fn read(app: &App) -> Result<Flow, Problem> {
    let now = app.api.clock.now();
    let mut counts = BTreeMap::<String, u64>::new();
    for (_, code, count) in app.store().return_counts().await? {
        *counts.entry(code).or_default() += count;
    }
    let mut stages = Vec::new();
    let mut staged = 0;
    for (name, codes) in STAGES {
        let stage = stage(app, (name, codes), &counts, now).await?;
        staged += stage.count;
        stages.push(stage);
    }
    let fullest = stages.iter().map(|stage| stage.count).max().unwrap_or(0);
    for stage in &mut stages {
        stage.share = (stage.count * 76).checked_div(fullest).unwrap_or(0);
    }
    let filter = ExceptionFilter {
        state: Some(ExceptionState::Open),
        ..ExceptionFilter::default()
    };
    let exceptions = app.store().exceptions(&filter).await?;
    let mut at_risk = BTreeMap::<String, i64>::new();
    for row in &exceptions {
        if let (Some(minor), Some(currency)) = (row.amount_minor, &row.currency) {
            let sum = at_risk.entry(currency.clone()).or_default();
            *sum = sum.saturating_add(minor);
        }
    }
    let late = late(app, &exceptions, now).await?;
    Ok(Flow {
        at: now,
        done: counts.values().sum::<u64>().saturating_sub(staged),
        stages,
        late,
        connectors: connectors(app, &exceptions).await?,
        exceptions: exceptions.len(),
        at_risk: word::sums(&at_risk),
        unpublished: app.store().outbox_len().await?,
        store: app.store().describe().await?,
        is_well: app.store().healthy().await,
    })
}

async fn stage(
    app: &App,
    (name, codes): (&'static str, &[Code]),
    counts: &BTreeMap<String, u64>,
    now: Timestamp,
) -> Result<Stage, Problem> {
    let mut money = BTreeMap::<String, i64>::new();
    let mut oldest: Option<Timestamp> = None;
    let (mut count, mut is_part) = (0, false);
    let mut statuses = Vec::new();
    for code in codes {
        let of_code = counts.get(code.word()).copied().unwrap_or(0);
        if of_code == 0 {
            continue;
        }
        count += of_code;
        statuses.push(Status {
            code: code.word(),
            meaning: code.sentence(),
            count: of_code,
            to: format!("/returns?code={}", code.word()),
        });
        let filter = ReturnFilter {
            business_code: Some(code.word().to_owned()),
            limit: LOOKED_AT,
            ..ReturnFilter::default()
        };
        let rows = app.store().returns(&filter).await?;
        is_part |= rows.len() == LOOKED_AT;
        for row in rows {
            oldest = Some(oldest.map_or(row.updated_at, |at| at.min(row.updated_at)));
            let state = find::state(&row)?;
            if let Some(minor) = at_stake(&state) {
                let currency = state.header().currency.code().to_owned();
                let sum = money.entry(currency).or_default();
                *sum = sum.saturating_add(minor);
            }
        }
    }
    Ok(Stage {
        name,
        count,
        money: word::sums(&money),
        oldest: oldest.map_or_else(|| "–".to_owned(), |at| word::age(at, now)),
        is_part,
        share: 0,
        is_trouble: name == "Exception",
        statuses,
    })
}

/// What the customer waits for: credits that are not posted, or what was invoiced for the units while there is none.
fn at_stake(state: &ReturnState) -> Option<i64> {
    let open = state.credits().iter().filter(|credit| {
        matches!(
            credit.state,
            CreditState::Held | CreditState::PendingApproval | CreditState::Posting
        )
    });
    let open: Vec<i64> = open.map(|credit| credit.payable_minor).collect();
    if !open.is_empty() {
        return open.into_iter().try_fold(0_i64, i64::checked_add);
    }
    let invoiced = state.lines().iter().filter_map(|line| {
        let whole = canonical::Qty::from_millionths(100_000_000);
        let units = (canonical::Qty::ZERO, line.base);
        let (net, tax) = workflow::credit::worth(&line.line, units, whole)?;
        net.checked_add(tax)
    });
    let sums: Vec<i64> = invoiced.collect();
    (!sums.is_empty())
        .then(|| sums.into_iter().try_fold(0_i64, i64::checked_add))
        .flatten()
}

/// What takes too long: what the router watches, and approvals whose time is over.
async fn late(
    app: &App,
    exceptions: &[ExceptionRow],
    now: Timestamp,
) -> Result<Vec<Late>, Problem> {
    let watched = exceptions.iter().filter(|row| row.stage == "watch");
    let mut late: Vec<(Timestamp, Late)> = watched
        .map(|row| {
            let one = Late {
                what: format!("{}: {}", row.code, word::cut(&row.reason, 200).0),
                to: path_of("exceptions", &row.exception_id),
                since: word::age(row.opened_at, now),
                asks: Scope::ExceptionsRead,
            };
            (row.opened_at, one)
        })
        .collect();
    for case in router::approve::open(app.store()).await? {
        let Some(due) = case.approval.expires_at.filter(|due| *due < now) else {
            continue;
        };
        let header = case.state.header();
        let one = Late {
            what: format!(
                "Approval {} of return {} is not decided",
                case.approval.approval_id, header.rma_number
            ),
            to: path_of("approvals", &case.approval.approval_id),
            since: word::age(due, now),
            asks: Scope::ApprovalsRead,
        };
        late.push((due, one));
    }
    late.sort_by_key(|(at, _)| *at);
    Ok(late.into_iter().map(|(_, one)| one).collect())
}

async fn connectors(app: &App, exceptions: &[ExceptionRow]) -> Result<Vec<Connector>, Problem> {
    let mut all = BTreeMap::<String, Connector>::new();
    for (name, state, count) in app.store().effect_counts().await? {
        let one = all.entry(name).or_default();
        match state {
            EffectState::Planned | EffectState::Ready => one.waiting += count,
            EffectState::InFlight => one.under_way += count,
            EffectState::Unknown => one.unknown += count,
            EffectState::Rejected | EffectState::Ambiguous | EffectState::Parked => {
                one.stuck += count;
            }
            EffectState::Confirmed => one.confirmed += count,
            EffectState::Cancelled => {}
        }
    }
    for row in exceptions.iter().filter(|row| !row.connector.is_empty()) {
        all.entry(row.connector.clone()).or_default().exceptions += 1;
    }
    let named = all.into_iter().map(|(name, one)| Connector { name, ..one });
    Ok(named.collect())
}
