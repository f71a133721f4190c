//! `backhaul metrics`: the numbers of a period.

use std::collections::BTreeMap;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use router::numbers::{self, Ask, Dimension, Number, Told};

use super::{ConfigArg, Ended, output};
use crate::{check, proof};

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
    config: ConfigArg,
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
    #[arg(long, default_value_t = 14, value_name = "DAYS")]
    sla_days: i64,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV
    #[arg(long)]
    csv: bool,
}

pub(super) async fn run(args: &MetricsArgs) -> Result<(), Ended> {
    let (config, store) = args.config.open_store().await?;
    let policies = check::policies(&config)?;
    let now = Timestamp::now();
    let zones: BTreeMap<String, TimeZone> = check::entities(&config)
        .into_iter()
        .filter_map(|entity| {
            let zone = TimeZone::get(&proof::zone(&policies, &entity, now)).ok()?;
            Some((entity, zone))
        })
        .collect();
    let zone = zones.values().next().cloned().unwrap_or(TimeZone::UTC);
    let today = now.to_zoned(zone.clone()).date();
    let to = args.to.unwrap_or(today);
    let from = args.from.unwrap_or(to);
    if from > to {
        return Err(Ended::Wrong(format!("{from} is after {to}")));
    }
    // A period that is over is told as of its end.
    let end = to
        .tomorrow()
        .ok()
        .and_then(|day| day.to_zoned(zone).ok())
        .map_or(now, |zoned| zoned.timestamp());
    let ask = Ask {
        from,
        to,
        as_of: end.min(now),
        by: args.by.clone(),
        zones,
        sla_days: args.sla_days,
    };
    let told = numbers::read(store.as_ref(), ask).await;
    store.close().await;
    let told = told?;
    if args.json {
        output::json(&told)
    } else if args.csv {
        csv(&told)
    } else {
        table(&told)
    }
}

fn group(number: &Number) -> String {
    let pairs = number.group.iter();
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join(" ")
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
            group(number),
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

/// Columns of the CSV.
const COLUMNS: [&str; 13] = [
    "metric",
    "part",
    "group",
    "currency",
    "unit",
    "numerator",
    "denominator",
    "value",
    "n",
    "p50",
    "p90",
    "p95",
    "longest",
];

fn csv(told: &Told) -> Result<(), Ended> {
    let failed = |error: &dyn std::fmt::Display| Ended::Failed(format!("writing CSV: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(COLUMNS)
        .map_err(|error| failed(&error))?;
    for number in &told.numbers {
        let text = |value: Option<i64>| value.map_or_else(String::new, |v| v.to_string());
        let spread = number.spread.as_ref();
        writer
            .write_record([
                number.metric,
                &number.part,
                &group(number),
                &number.currency,
                number.unit,
                &number.numerator,
                number.denominator.as_deref().unwrap_or_default(),
                number.value.as_deref().unwrap_or_default(),
                &spread.map_or_else(String::new, |s| s.n.to_string()),
                &text(spread.and_then(|s| s.p50)),
                &text(spread.and_then(|s| s.p90)),
                &text(spread.and_then(|s| s.p95)),
                &text(spread.and_then(|s| s.longest)),
            ])
            .map_err(|error| failed(&error))?;
    }
    output::bytes(&writer.into_inner().map_err(|error| failed(&error))?)
}
