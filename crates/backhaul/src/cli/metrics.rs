//! `backhaul metrics`: the numbers of a period.

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use router::numbers::{self, Dimension, Period, SLA_DAYS, Told};

use super::place::Place;
use super::remote::{self, Query, given};
use super::{Ended, output};
use crate::check;

/// Arguments of `metrics`.
#[derive(Debug, Args)]
#[command(after_help = "\
Durations are in seconds and weighted by quantity; amounts are in minor units; a rate over nothing is null. A duration
belongs to the period in which it ended, where the entity keeps its books. docs/operations.md says what each number is.

Examples:
  backhaul metrics --from 2026-03-01 --to 2026-03-31
  backhaul metrics --from 2026-03-02 --to 2026-03-02 --by warehouse,channel --json
  backhaul metrics --csv > numbers.csv")]
pub struct MetricsArgs {
    #[command(flatten)]
    place: Place,
    /// First day; the last one if left out
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Last day; today if left out
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// Tell them by these besides over all: entity, warehouse, channel, segment, return_type, reason, disposition, adapter,
    /// policy_version
    #[arg(long, value_delimiter = ',', value_name = "DIMENSION")]
    by: Vec<Dimension>,
    /// A return that is open for longer than so many days is overdue
    #[arg(long, default_value_t = SLA_DAYS, value_name = "DAYS")]
    sla_days: i64,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV
    #[arg(long)]
    csv: bool,
}

pub(super) async fn run(args: &MetricsArgs) -> Result<(), Ended> {
    if let Some(sidecar) = args.place.sidecar()? {
        return remote::metrics(&sidecar, &args.query(), (args.json, args.csv)).await;
    }
    let (config, store) = args.place.config.open_store().await?;
    let policies = check::policies(&config)?;
    let period = Period {
        from: args.from,
        to: args.to,
        by: args.by.clone(),
        sla_days: Some(args.sla_days),
    };
    let ask = period
        .ask(&policies, &check::entities(&config), Timestamp::now())
        .map_err(Ended::Wrong)?;
    let told = numbers::read(store.as_ref(), ask).await;
    store.close().await;
    let told = told?;
    if args.json {
        output::json(&told)
    } else if args.csv {
        output::bytes(&numbers::csv(&told).map_err(Ended::Failed)?)
    } else {
        table(&told)
    }
}

impl MetricsArgs {
    /// As the API is asked.
    fn query(&self) -> Query<'static> {
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        let by: Vec<&str> = self.by.iter().map(|by| by.word()).collect();
        let mut query = given(&[("from", &day(self.from)), ("to", &day(self.to))]);
        query.push(("by", by.join(",")));
        query.push(("sla_days", self.sla_days.to_string()));
        query
    }
}

fn null(text: Option<&String>) -> String {
    text.cloned().unwrap_or_else(|| "null".to_owned())
}

fn table(told: &Told) -> Result<(), Ended> {
    output::line(format!(
        "{} to {}, as of {:.0}",
        told.from, told.to, told.as_of
    ))?;
    let rows = told.numbers.iter().map(|number| {
        let spread = number.spread.as_ref().map(|spread| {
            let text = |seconds: Option<i64>| null(seconds.map(|s| s.to_string()).as_ref());
            format!(
                "n {}, p50 {}, p90 {}, p95 {}",
                spread.n,
                text(spread.p50),
                text(spread.p90),
                text(spread.p95)
            )
        });
        vec![
            number.metric.to_owned(),
            number.part.clone(),
            number.group_text(),
            null(number.value.as_ref()),
            format!("{} {}", number.unit, number.currency)
                .trim()
                .to_owned(),
            spread.unwrap_or_default(),
        ]
    });
    let header = ["metric", "part", "group", "value", "unit", "spread"];
    output::table(&header, rows.collect(), "there are no numbers")?;
    for pattern in told.patterns.iter().filter(|pattern| pattern.flagged) {
        output::line(format!(
            "{} fails more than elsewhere: {} {} {}: {} of {}",
            pattern.code,
            pattern.warehouse,
            pattern.channel,
            pattern.adapter,
            pattern.failures,
            pattern.volume
        ))?;
    }
    Ok(())
}
