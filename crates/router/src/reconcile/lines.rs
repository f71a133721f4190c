//! C6: each line of a return: what moved in stock against what was credited. Pure.

use std::collections::BTreeMap;

use canonical::money::round_ratio;
use canonical::{Currency, Qty};
use jiff::civil::Date;
use serde::Serialize;
use workflow::{EffectState, ReturnState, SliceCredit};

use super::class::{Class, Match};
use super::item::{Compared, Item};
use super::scope::Scope;

const C6: Match = Match::C6;

/// Whether an effect is in the ERP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Presence {
    /// It is.
    There,
    /// Not yet, and it is too young to tell.
    Young,
    /// It is not; the item that says so, or empty.
    Absent(String),
    /// Never released: it waits for something.
    Waiting,
}

/// Disposed pieces of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pieces {
    /// How many, in base units.
    pub qty: Qty,
    /// Their movement of stock; none where stock does not move.
    pub stock: Option<Presence>,
    /// Their credit; none where none is due, or none was released yet.
    pub credit: Option<Presence>,
}

/// A line with its pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The return.
    pub return_id: String,
    /// Its RMA number, for people.
    pub rma_number: String,
    /// Number of the line.
    pub line_no: u32,
    /// Its business day in this run.
    pub dated: Date,
    /// Currency of the invoice.
    pub currency: Currency,
    /// The invoice line: amount in minor units, and units. None without invoice.
    pub invoiced: Option<(i64, Qty)>,
    /// What was disposed.
    pub pieces: Vec<Pieces>,
}

/// The lines of a return. `presence` says of an effect whether it is in the ERP.
pub fn lines_of(
    state: &ReturnState,
    dated: Date,
    presence: impl Fn(&str, EffectState) -> Presence,
) -> Vec<Line> {
    let header = state.header();
    let of_effect = |found: Option<&workflow::EffectRecord>| {
        let effect = found.filter(|effect| effect.state != EffectState::Cancelled)?;
        Some(presence(effect.key.as_str(), effect.state))
    };
    let one = |line: &workflow::LineState| {
        let slices = state
            .slices()
            .iter()
            .filter(|s| s.line_no == line.line.line_no);
        let pieces = slices.map(|slice| {
            let moved = slice.movement();
            let stock = state.effects().iter().find(|effect| effect.of == moved);
            let released = matches!(slice.credit, SliceCredit::Reserved | SliceCredit::Credited);
            let credit = state.credits().iter().find(|credit| {
                released
                    && Some(credit.version) == slice.calc_version
                    && credit.effect_key.is_some()
            });
            let credit = credit
                .and_then(|credit| credit.effect_key.as_ref())
                .and_then(|key| state.effect(key));
            Pieces {
                qty: slice.qty,
                stock: of_effect(stock),
                credit: of_effect(credit),
            }
        });
        Line {
            return_id: header.return_id.clone(),
            rma_number: header.rma_number.clone(),
            line_no: line.line.line_no,
            dated,
            currency: header.currency,
            invoiced: line
                .line
                .invoiced
                .as_ref()
                .map(|i| (i.amount_minor, i.base_qty)),
            pieces: pieces.collect(),
        }
    };
    state.lines().iter().map(one).collect()
}

/// Compares the lines: pieces that are credited must have moved, pieces that have moved must be credited when a credit was
/// released for them. One item per line, whatever is behind it.
pub fn lines(scope: &Scope, lines: &[Line]) -> Compared {
    let mut compared = Compared::default();
    for line in lines {
        let counted = Counted::of(line);
        if counted.due == 0 && counted.credit_due == 0 {
            continue;
        }
        compared.left += 1;
        compared.right += 1;
        compared.left_sum(line.currency, counted.credited_minor);
        compared.right_sum(line.currency, counted.moved_minor);
        let items: Vec<Item> = item(scope, line, &counted).into_iter().collect();
        compared.found(items);
    }
    compared
}

/// Millionths of base units, and their value at the invoice.
#[derive(Debug, Default)]
struct Counted {
    /// To be moved.
    due: i64,
    /// Moved.
    moved: i64,
    /// To be credited.
    credit_due: i64,
    /// Credited.
    credited: i64,
    /// Value of what is credited.
    credited_minor: i64,
    /// Value of what moved of that for which a credit was released, and of credits without stock.
    moved_minor: i64,
    young: bool,
    absent: bool,
    cause: String,
}

impl Counted {
    fn of(line: &Line) -> Self {
        let mut counted = Self::default();
        let mut of_credits: BTreeMap<bool, i64> = BTreeMap::new();
        let mut credited = 0;
        for pieces in &line.pieces {
            let qty = pieces.qty.millionths();
            for presence in [&pieces.stock, &pieces.credit].into_iter().flatten() {
                match presence {
                    Presence::Young => counted.young = true,
                    Presence::Absent(cause) => {
                        counted.absent = true;
                        if counted.cause.is_empty() {
                            counted.cause.clone_from(cause);
                        }
                    }
                    Presence::There | Presence::Waiting => {}
                }
            }
            let is_there = |presence: &Presence| *presence == Presence::There;
            let stock = pieces.stock.as_ref().filter(|p| **p != Presence::Waiting);
            let credit = pieces.credit.as_ref().filter(|p| **p != Presence::Waiting);
            let moved = stock.is_some_and(is_there);
            counted.due += if stock.is_some() { qty } else { 0 };
            counted.moved += if moved { qty } else { 0 };
            if let Some(credit) = credit {
                counted.credit_due += qty;
                let is_credited = is_there(credit);
                counted.credited += if is_credited { qty } else { 0 };
                credited += if is_credited { qty } else { 0 };
                let backed = if pieces.stock.is_some() {
                    moved
                } else {
                    is_credited
                };
                *of_credits.entry(backed).or_default() += qty;
            }
        }
        let value = |qty: i64| -> i64 {
            let Some((amount, base)) = line.invoiced else {
                return 0;
            };
            let (amount, base) = (i128::from(amount), i128::from(base.millionths()));
            round_ratio(amount * i128::from(qty), base).unwrap_or(0)
        };
        counted.credited_minor = value(credited);
        counted.moved_minor = value(of_credits.get(&true).copied().unwrap_or(0));
        counted
    }

    fn agrees(&self) -> bool {
        self.due == self.moved && self.credit_due == self.credited
    }
}

fn item(scope: &Scope, line: &Line, counted: &Counted) -> Option<Item> {
    if counted.agrees() {
        return None;
    }
    let class = if counted.young && !counted.absent {
        Class::Timing
    } else {
        Class::Qty
    };
    let qty = |millionths: i64| Qty::from_millionths(millionths);
    let key = format!("{}/{}", line.return_id, line.line_no);
    let (moved, due) = (qty(counted.moved), qty(counted.due));
    let (credited, credit_due) = (qty(counted.credited), qty(counted.credit_due));
    Some(Item {
        left: format!("moved {moved} of {due}"),
        right: format!("credited {credited} of {credit_due}"),
        delta_minor: Some(counted.credited_minor - counted.moved_minor),
        currency: Some(line.currency),
        return_id: line.return_id.clone(),
        cause: counted.cause.clone(),
        reason: format!(
            "{} line {}: stock moved for {moved} of {due}, credited {credited} of {credit_due}. Put right what is behind it \
             (the item of C2 or C3 of the same return); no manual journal is needed",
            line.rma_number, line.line_no
        ),
        ..scope.strange(C6, class, "", &key, line.dated)
    })
}
