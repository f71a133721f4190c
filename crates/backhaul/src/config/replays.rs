//! `[replays]`: runs that give many exceptions back.

use std::collections::BTreeMap;

use canonical::{Currency, Money};
use router::replay::Limits;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::report::Report;

/// `[replays]`: runs that give many exceptions back.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReplaysBlock {
    /// A run over more exceptions than that waits until a second person agrees. Absent: never for their number.
    pub agree_above: Option<u64>,
    /// A run over exceptions with more money at risk than that waits until a second person agrees: amounts by currency,
    /// `{ USD = "50000.00", EUR = "45000.00" }`. A currency that is not named has no limit.
    pub agree_above_money: BTreeMap<String, String>,
}

impl ReplaysBlock {
    /// The limits. An amount that cannot be read was reported; until it is mended everything in its currency needs two persons.
    pub fn limits(&self) -> Limits {
        let at_risk = self.agree_above_money.iter().map(|(currency, amount)| {
            let minor = money(currency, amount).map_or(0, |money| money.minor);
            (currency.clone(), minor)
        });
        Limits {
            exceptions: self.agree_above,
            at_risk: at_risk.collect(),
        }
    }

    pub(super) fn check(&self, report: &mut Report) {
        for (currency, amount) in &self.agree_above_money {
            if let Err(what) = money(currency, amount) {
                let fix =
                    "write an ISO 4217 code and an amount with its decimals: USD = \"50000.00\"";
                let place = ["replays.agree_above_money.", currency].concat();
                report.problem(place, what, fix);
            }
        }
    }
}

fn money(currency: &str, amount: &str) -> Result<Money, String> {
    let currency: Currency = match currency.parse() {
        Ok(currency) => currency,
        Err(_) => return Err("there is no such currency".to_owned()),
    };
    let money = Money::parse(amount, currency).map_err(|error| error.to_string())?;
    if money.minor < 0 {
        return Err("it is below zero".to_owned());
    }
    Ok(money)
}
