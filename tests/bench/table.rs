//! The figures: medians, and ratios to the reference of the same round.

use comfy_table::Table;
use serde::Serialize;

use crate::Sample;

/// Medians of one variant.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    variant: &'static str,
    consumed_per_second: f64,
    published_per_second: f64,
    /// Publishes per second ÷ the reference's, median over rounds.
    ratio: f64,
    cpu_us_per_published: f64,
    /// CPU per published message ÷ the reference's, median over rounds.
    cpu_ratio: f64,
    resident_mb: f64,
}

/// One line per variant, in order of appearance.
pub(crate) fn summary(samples: &[Sample]) -> Vec<Line> {
    let mut variants: Vec<&'static str> = Vec::new();
    for sample in samples {
        if !variants.contains(&sample.variant) {
            variants.push(sample.variant);
        }
    }
    let of = |variant: &str| {
        samples
            .iter()
            .filter(|s| s.variant == variant)
            .collect::<Vec<_>>()
    };
    let reference = of("reference");
    variants
        .into_iter()
        .map(|variant| {
            let ours = of(variant);
            let pairs = || ours.iter().zip(&reference);
            Line {
                variant,
                consumed_per_second: median(ours.iter().map(|s| s.consumed_per_second())),
                published_per_second: median(ours.iter().map(|s| s.published_per_second())),
                ratio: median(
                    pairs().map(|(a, b)| a.published_per_second() / b.published_per_second()),
                ),
                cpu_us_per_published: median(ours.iter().map(|s| s.cpu_per_published())),
                cpu_ratio: median(
                    pairs().map(|(a, b)| a.cpu_per_published() / b.cpu_per_published()),
                ),
                resident_mb: median(ours.iter().map(|s| s.resident_mb)),
            }
        })
        .collect()
}

/// Prints the table.
pub(crate) fn print(samples: &[Sample]) {
    let mut table = Table::new();
    table.set_header([
        "variant",
        "events/s",
        "publishes/s",
        "÷ reference",
        "CPU µs/publish",
        "CPU ÷ reference",
        "resident MB",
    ]);
    for line in summary(samples) {
        table.add_row([
            line.variant.to_owned(),
            format!("{:.0}", line.consumed_per_second),
            format!("{:.0}", line.published_per_second),
            format!("{:.2}", line.ratio),
            format!("{:.1}", line.cpu_us_per_published),
            format!("{:.2}", line.cpu_ratio),
            format!("{:.0}", line.resident_mb),
        ]);
    }
    println!("{table}");
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
