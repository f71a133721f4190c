//! `backhaul metrics --url`

use super::client::{Query, no_answer};
use super::table::Column::Is;
use super::table::{table, text};
use super::{Ended, Sidecar, output};

/// Tells the numbers of a period.
pub(in crate::cli) async fn metrics(
    sidecar: &Sidecar,
    query: &Query<'_>,
    (json, csv): (bool, bool),
) -> Result<(), Ended> {
    if csv {
        let mut query = query.clone();
        query.push(("format", "csv".to_owned()));
        return output::bytes(&sidecar.file(&["metrics"], &query).await?);
    }
    let told = sidecar.get(&["metrics"], query).await?;
    let Some(numbers) = told["numbers"].as_array() else {
        return Err(no_answer());
    };
    if json {
        return output::json(&told);
    }
    let (from, to, as_of) = (text(&told, "from"), text(&told, "to"), text(&told, "as_of"));
    output::line(format!("{from} to {to}, as of {as_of}"))?;
    let columns = [
        Is("metric", "metric"),
        Is("part", "part"),
        Is("group", "group"),
        Is("value", "value"),
        Is("unit", "unit"),
        Is("currency", "currency"),
        Is("n", "/spread/n"),
        Is("p50", "/spread/p50"),
        Is("p90", "/spread/p90"),
        Is("p95", "/spread/p95"),
    ];
    table(numbers, &columns, "there are no numbers")
}
