//! C9: claims on suppliers against the credits that suppliers told of. Pure.
//!
//! Suppliers credit in weeks, not in hours: they have a lag of their own. What a supplier does not tell is not compared.

use std::collections::{BTreeMap, BTreeSet};

use canonical::{Money, Qty};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::class::{Class, Match};
use super::item::{Compared, Item};
use super::ours::Standing;
use super::scope::Scope;

const C9: Match = Match::C9;

/// A claim on a supplier, once it was released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// Its effect.
    pub effect_key: String,
    /// Connector instance that delivers it.
    pub connector: String,
    /// Where it stands.
    pub standing: Standing,
    /// Its confirmation, or its release.
    pub since: Timestamp,
    /// Its business day.
    pub dated: Date,
    /// Return line.
    pub line_no: u32,
    /// Supplier.
    pub supplier: String,
    /// The supplier's RMA number, or empty.
    pub supplier_rma: String,
    /// How many, in base units.
    pub qty: Qty,
    /// What the goods cost; none if the invoice line did not say it.
    pub amount: Option<Money>,
}

/// A credit that a supplier told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credited {
    /// Its number.
    pub number: String,
    /// Return line; every line of that supplier if none.
    pub line_no: Option<u32>,
    /// Supplier.
    pub supplier: String,
    /// How much, if the supplier says it.
    pub amount: Option<Money>,
    /// For how many base units, if the supplier says it.
    pub qty: Option<Qty>,
    /// When it was told.
    pub at: Timestamp,
    /// The same as a day, where the entity keeps its books.
    pub on: Date,
}

/// What a return claims from suppliers, and what they credited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The return.
    pub return_id: String,
    /// Its RMA number, for people.
    pub rma_number: String,
    /// Claims that were released.
    pub claims: Vec<Claim>,
    /// Credits.
    pub credits: Vec<Credited>,
}

/// Claims and credits that belong together: of one line, or of all lines of a supplier that credits them together.
struct Group<'a> {
    account: &'a Account,
    key: String,
    supplier: &'a str,
    claims: Vec<&'a Claim>,
    credits: Vec<&'a Credited>,
}

/// Compares what was claimed with what was credited. `lag` is how long a supplier may take.
pub fn claims(scope: &Scope, lag: SignedDuration, accounts: &[Account]) -> Compared {
    let mut compared = Compared::default();
    for group in accounts.iter().flat_map(groups) {
        compared.left += group.claims.len();
        compared.right += group.credits.len();
        if let Some(claimed) = group.claimed() {
            compared.left_sum(claimed.ccy, claimed.minor);
        }
        if let Some(told) = group.told() {
            compared.right_sum(told.ccy, told.minor);
        }
        compared.found(group.items(scope, lag));
    }
    compared
}

fn groups(account: &Account) -> Vec<Group<'_>> {
    let claims = account.claims.iter().map(|claim| claim.supplier.as_str());
    let credits = account.credits.iter();
    let suppliers: BTreeSet<&str> = claims
        .chain(credits.map(|credit| credit.supplier.as_str()))
        .collect();
    suppliers
        .into_iter()
        .flat_map(|supplier| of_supplier(account, supplier))
        .collect()
}

fn of_supplier<'a>(account: &'a Account, supplier: &'a str) -> Vec<Group<'a>> {
    let claims = account
        .claims
        .iter()
        .filter(|claim| claim.supplier == supplier);
    let credits: Vec<&Credited> = account
        .credits
        .iter()
        .filter(|credit| credit.supplier == supplier)
        .collect();
    let group = |key: String| Group {
        account,
        key,
        supplier,
        claims: Vec::new(),
        credits: Vec::new(),
    };
    let together = credits.iter().any(|credit| credit.line_no.is_none());
    if together {
        let key = format!("{}/{supplier}", account.return_id);
        return vec![Group {
            claims: claims.collect(),
            credits,
            ..group(key)
        }];
    }
    let mut lines: BTreeMap<u32, Group<'a>> = BTreeMap::new();
    let key = |line: u32| format!("{}/{line}/{supplier}", account.return_id);
    for claim in claims {
        let line = claim.line_no;
        let of_line = lines.entry(line).or_insert_with(|| group(key(line)));
        of_line.claims.push(claim);
    }
    for credit in credits {
        let line = credit.line_no.unwrap_or_default();
        let of_line = lines.entry(line).or_insert_with(|| group(key(line)));
        of_line.credits.push(credit);
    }
    lines.into_values().collect()
}

/// The sum, if each of them has an amount and all are of one currency.
fn sum(amounts: impl Iterator<Item = Option<Money>>) -> Option<Money> {
    let mut sum: Option<Money> = None;
    for amount in amounts {
        let amount = amount?;
        sum = Some(match sum {
            None => amount,
            Some(sum) => sum.plus(amount).ok()?,
        });
    }
    sum
}

impl Group<'_> {
    fn claimed(&self) -> Option<Money> {
        sum(self.claims.iter().map(|claim| claim.amount))
    }

    fn credited(&self) -> Option<Money> {
        sum(self.credits.iter().map(|credit| credit.amount))
    }

    /// What counts as credited. A credit without an amount is taken for what was claimed: nobody can say that it is another
    /// one; where the worth of a claim is not known, nothing is compared.
    fn told(&self) -> Option<Money> {
        match self.claim() {
            None => self.credited(),
            Some(claim) if claim.standing == Standing::Stopped => None,
            Some(_) if self.credits.is_empty() => None,
            Some(_) => {
                let claimed = self.claimed()?;
                Some(self.credited().unwrap_or(claimed))
            }
        }
    }

    /// Every item of the group is about the same effect: a claim that was refused if there is one, else the first.
    fn claim(&self) -> Option<&Claim> {
        let stopped = |claim: &&&Claim| claim.standing == Standing::Stopped;
        let claim = self.claims.iter().find(stopped);
        claim.or_else(|| self.claims.first()).copied()
    }

    fn items(&self, scope: &Scope, lag: SignedDuration) -> Vec<Item> {
        let Some(claim) = self.claim() else {
            return vec![self.unasked(scope)];
        };
        if claim.standing == Standing::Stopped {
            let reason = format!(
                "{} has not taken the claim on supplier {} for {}: its exception says why; put that right and replay it",
                claim.connector, self.supplier, self.account.rma_number
            );
            let minor = claim.amount;
            return vec![self.item(scope, claim, Class::MissingInErp, minor, reason)];
        }
        // The last of them counts: a supplier credits what it has got.
        let since = self.claims.iter().map(|claim| claim.since).max();
        let is_young = scope.is_young(since.unwrap_or(claim.since), lag);
        if self.credits.is_empty() {
            return vec![self.uncredited(scope, claim, is_young)];
        }
        let mut items = Vec::new();
        items.extend(self.amounts(scope, claim, is_young));
        items.extend(self.quantities(scope, claim, is_young));
        items
    }

    fn uncredited(&self, scope: &Scope, claim: &Claim, is_young: bool) -> Item {
        let class = if is_young {
            Class::Timing
        } else {
            Class::MissingInErp
        };
        let reason = format!(
            "supplier {} has not credited {} for {}{}: ask it for its credit, and have it told (supplier.answered)",
            self.supplier,
            self.said_claimed(),
            self.account.rma_number,
            self.numbered()
        );
        self.item(scope, claim, class, self.claimed(), reason)
    }

    fn amounts(&self, scope: &Scope, claim: &Claim, is_young: bool) -> Option<Item> {
        let (claimed, credited) = (self.claimed()?, self.credited()?);
        let what = format!(
            "supplier {} credited {} ({}) for {}{}, {} were claimed",
            self.supplier,
            credited,
            self.said_credits(),
            self.account.rma_number,
            self.numbered(),
            claimed
        );
        if credited.ccy != claimed.ccy {
            let reason = format!("{what}: the currency differs; agree with the supplier on one");
            return Some(self.item(scope, claim, Class::CurrencyFx, Some(claimed), reason));
        }
        let delta = claimed.minor.saturating_sub(credited.minor);
        let class = match delta {
            0 => return None,
            -1 | 1 => Class::Rounding,
            // The rest may still come.
            1.. if is_young => Class::Timing,
            _ => Class::AmountNet,
        };
        let reason = format!("{what}: agree with the supplier on the difference");
        let delta = Some(Money::new(delta, claimed.ccy));
        Some(self.item(scope, claim, class, delta, reason))
    }

    fn quantities(&self, scope: &Scope, claim: &Claim, is_young: bool) -> Option<Item> {
        let told: Option<Vec<i64>> = self
            .credits
            .iter()
            .map(|credit| credit.qty.map(Qty::millionths))
            .collect();
        let credited: i64 = told?.iter().sum();
        let claimed: i64 = self.claims.iter().map(|claim| claim.qty.millionths()).sum();
        if credited == claimed {
            return None;
        }
        let class = if is_young && credited < claimed {
            Class::Timing
        } else {
            Class::Qty
        };
        let reason = format!(
            "supplier {} credited {} of {} claimed for {}{}: ask it what became of the others",
            self.supplier,
            Qty::from_millionths(credited),
            Qty::from_millionths(claimed),
            self.account.rma_number,
            self.numbered()
        );
        Some(self.item(scope, claim, class, None, reason))
    }

    /// A credit for which nothing was claimed.
    fn unasked(&self, scope: &Scope) -> Item {
        let first = self.credits.iter().min_by_key(|credit| credit.at);
        let is_young = first.is_some_and(|credit| scope.is_young(credit.at, scope.lag));
        let class = if is_young {
            Class::Timing
        } else {
            Class::OrphanInErp
        };
        let date = first.map_or(scope.date, |credit| credit.on);
        let credited = self.credited();
        Item {
            right: self.said_credits(),
            delta_minor: credited.map(|credited| credited.minor.saturating_neg()),
            currency: credited.map(|credited| credited.ccy),
            return_id: self.account.return_id.clone(),
            reason: format!(
                "supplier {} credited {} for {}, and nothing was claimed from it: find out what it is for, and have the goods \
                 decided on if they went back",
                self.supplier,
                self.said_credits(),
                self.account.rma_number
            ),
            ..scope.strange(C9, class, "", &self.key, date)
        }
    }

    fn item(
        &self,
        scope: &Scope,
        claim: &Claim,
        class: Class,
        delta: Option<Money>,
        reason: String,
    ) -> Item {
        let dated = self.claims.iter().map(|claim| claim.dated).min();
        Item {
            left: self.said_claimed(),
            right: self.said_credits(),
            delta_minor: delta.map(|delta| delta.minor),
            currency: delta.map(|delta| delta.ccy),
            return_id: self.account.return_id.clone(),
            effect_key: claim.effect_key.clone(),
            reason,
            ..scope.strange(C9, class, "", &self.key, dated.unwrap_or(claim.dated))
        }
    }

    fn said_claimed(&self) -> String {
        let qty: i64 = self.claims.iter().map(|claim| claim.qty.millionths()).sum();
        let qty = Qty::from_millionths(qty);
        self.claimed().map_or_else(
            || format!("{qty} pieces"),
            |amount| format!("{amount} for {qty}"),
        )
    }

    fn said_credits(&self) -> String {
        let numbers: Vec<&str> = self.credits.iter().map(|c| c.number.as_str()).collect();
        let numbers = numbers.join(", ");
        match self.credited() {
            Some(amount) if !numbers.is_empty() => format!("{numbers} {amount}"),
            _ => numbers,
        }
    }

    fn numbered(&self) -> String {
        let mut numbers: Vec<&str> = self
            .claims
            .iter()
            .map(|claim| claim.supplier_rma.as_str())
            .filter(|number| !number.is_empty())
            .collect();
        numbers.dedup();
        if numbers.is_empty() {
            return String::new();
        }
        format!(" (its RMA {})", numbers.join(", "))
    }
}
