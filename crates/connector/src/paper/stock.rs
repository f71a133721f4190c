//! The paper of a stock movement.

use canonical::StockStatus;
use canonical::command::StockMovement;
use serde::Serialize;

use super::day;
use crate::Failure;

/// A stock movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StockPaper {
    /// How the goods move.
    pub movement: Movement,
    /// The article.
    pub item: String,
    /// How many, in the base unit.
    pub quantity: String,
    /// The unit.
    pub unit: String,
    /// Null when the goods come from outside our books.
    pub from_status: Option<String>,
    /// Null when the goods leave our books.
    pub to_status: Option<String>,
    /// The disposition that moves them.
    pub disposition: String,
    /// Day (UTC) on which the goods moved.
    pub moved_on: String,
    /// Serial numbers, if the article has them.
    pub serials: Vec<String>,
}

/// How goods move, in the words of most ERPs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Movement {
    /// Into our books.
    Receipt,
    /// From one status to another.
    Transfer,
    /// To the bin.
    Scrap,
    /// Out of our books.
    Issue,
}

impl StockPaper {
    pub(super) fn of(movement: &StockMovement, no_words: &'static str) -> Result<Self, Failure> {
        let (from, to) = (movement.from_status, movement.to_status);
        let Some(kind) = Movement::between(from, to) else {
            let message = format!("a movement from {from} to {to} moves nothing");
            return Err(Failure::rejected(no_words, message).at("/data/to_status"));
        };
        let to_status = match kind {
            Movement::Scrap | Movement::Issue => None,
            Movement::Receipt | Movement::Transfer => name(to),
        };
        Ok(Self {
            movement: kind,
            item: movement.sku.clone(),
            quantity: movement.base_qty.to_string(),
            unit: movement.uom.clone(),
            from_status: name(from),
            to_status,
            disposition: movement.disposition_id.clone(),
            moved_on: day(movement.moved_at),
            serials: movement.serials.clone(),
        })
    }
}

impl Movement {
    /// Nothing when the goods stay what they are.
    fn between(from: StockStatus, to: StockStatus) -> Option<Self> {
        match (from, to) {
            (from, to) if from == to => None,
            (StockStatus::None, _) => Some(Self::Receipt),
            (_, StockStatus::None) => Some(Self::Issue),
            (_, StockStatus::Scrapped) => Some(Self::Scrap),
            (_, _) => Some(Self::Transfer),
        }
    }
}

fn name(status: StockStatus) -> Option<String> {
    (status != StockStatus::None).then(|| status.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goods_move_in_four_ways() {
        for (from, to, movement) in [
            (
                StockStatus::None,
                StockStatus::ReturnsHold,
                Some(Movement::Receipt),
            ),
            (
                StockStatus::ReturnsHold,
                StockStatus::Available,
                Some(Movement::Transfer),
            ),
            (
                StockStatus::ReturnsHold,
                StockStatus::Scrapped,
                Some(Movement::Scrap),
            ),
            (
                StockStatus::ReturnsHold,
                StockStatus::None,
                Some(Movement::Issue),
            ),
            (StockStatus::None, StockStatus::None, None),
            (StockStatus::Scrapped, StockStatus::Scrapped, None),
        ] {
            assert_eq!(Movement::between(from, to), movement, "{from} to {to}");
        }
    }
}
