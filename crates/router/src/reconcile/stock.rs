//! C2: stock movements here against stock movements in the ERP, by our key. Pure.

use std::collections::{BTreeMap, BTreeSet};

use canonical::StockStatus;
use connector::extract::MovementHeld;

use super::class::{Class, Match};
use super::item::{Compared, Item};
use super::ours::{OurMovement, Standing};
use super::scope::{Listed, Scope};

const C2: Match = Match::C2;

/// Compares the movements of one connector with those that it lists. As [`super::credits::credits`], without money.
pub fn stock(scope: &Scope, ours: &[OurMovement], theirs: &Listed<'_, MovementHeld>) -> Compared {
    let mut compared = Compared::default();
    let mut held: BTreeMap<&str, Vec<&MovementHeld>> = BTreeMap::new();
    // By number, so that the order of the list says nothing.
    let mut documents: Vec<&MovementHeld> = theirs.documents.iter().collect();
    documents.sort_by_key(|movement| &movement.number);
    for movement in &documents {
        held.entry(movement.key.as_str())
            .or_default()
            .push(movement);
    }
    let known: BTreeMap<&str, &OurMovement> =
        ours.iter().map(|m| (m.ours.key.as_str(), m)).collect();
    let of_day: BTreeSet<&str> = theirs
        .documents
        .iter()
        .filter(|movement| movement.posted_on == Some(scope.date))
        .map(|movement| movement.key.as_str())
        .collect();
    for (key, movement) in &known {
        if !scope.holds(C2, &movement.ours) && !of_day.contains(key) {
            continue;
        }
        let all = held.get(key).map(Vec::as_slice).unwrap_or_default();
        let live: Vec<&MovementHeld> = all.iter().copied().filter(|m| !m.reversed).collect();
        compared.left += 1;
        compared.right += live.len();
        let items = one(scope, movement, &live, theirs);
        let absent = |item: &Item| matches!(item.class, Class::Timing | Class::MissingInErp);
        if !items.iter().any(absent) {
            compared.there.push((*key).to_owned());
        }
        compared.found(items);
    }
    if theirs.tells_orphans {
        for movement in &documents {
            let wanted = movement.posted_on == Some(scope.date)
                || scope.is_open(C2, theirs.connector, &movement.number);
            if wanted && !movement.reversed && !known.contains_key(movement.key.as_str()) {
                compared.right += 1;
                compared.found(vec![orphan(scope, movement, theirs.connector)]);
            }
        }
    }
    compared
}

fn orphan(scope: &Scope, movement: &MovementHeld, connector: &str) -> Item {
    let date = movement.posted_on.unwrap_or(scope.date);
    Item {
        right: said(movement),
        reason: format!(
            "{connector} holds stock movement {}, which no return here asked for: find out who keyed it in, and take it back \
             if the goods are moved here too",
            movement.number
        ),
        ..scope.strange(C2, Class::OrphanInErp, connector, &movement.number, date)
    }
}

fn one(
    scope: &Scope,
    movement: &OurMovement,
    live: &[&MovementHeld],
    theirs: &Listed<'_, MovementHeld>,
) -> Vec<Item> {
    let ours = &movement.ours;
    let number = ours.document_no.as_deref();
    let confirmed = live.iter().find(|m| Some(m.number.as_str()) == number);
    let first = || live.iter().min_by_key(|m| m.number.as_str());
    let Some(counted) = confirmed.or_else(first) else {
        let class = scope.absent(ours, theirs.complete_to);
        let reason = match (class, ours.standing) {
            (Class::Timing, _) => format!(
                "{} does not list it yet: looked at again by the next run",
                ours.connector
            ),
            (_, Standing::Stopped) => format!(
                "{} has not taken this movement: its exception says why; put that right and replay it",
                ours.connector
            ),
            (_, Standing::Confirmed | Standing::UnderWay | Standing::Unknown) => format!(
                "{} does not list this movement: look there whether it was deleted",
                ours.connector
            ),
        };
        return vec![Item {
            left: ours_said(movement),
            reason,
            ..scope.item(C2, class, ours)
        }];
    };
    let mut items = Vec::new();
    let extra: Vec<&str> = live
        .iter()
        .map(|m| m.number.as_str())
        .filter(|n| *n != counted.number)
        .collect();
    if !extra.is_empty() {
        items.push(Item {
            left: ours_said(movement),
            right: extra.join(", "),
            extra: u32::try_from(extra.len()).unwrap_or(u32::MAX),
            reason: format!(
                "{} moved the same goods more than once: {} beside {}. Take back all but one there",
                ours.connector,
                extra.join(", "),
                counted.number
            ),
            ..scope.item(C2, Class::DuplicateInErp, ours)
        });
    }
    if ours.standing != Standing::Confirmed {
        let class = if scope.absent(ours, theirs.complete_to) == Class::Timing {
            Class::Timing
        } else {
            Class::Status
        };
        items.push(Item {
            left: format!("{} ({:?})", ours_said(movement), ours.standing),
            right: said(counted),
            reason: format!(
                "stock movement {} is there, and the effect is not confirmed here: replay its exception, or confirm it by hand",
                counted.number
            ),
            ..scope.item(C2, class, ours)
        });
    }
    items.extend(differences(scope, movement, counted));
    items
}

fn differences(scope: &Scope, movement: &OurMovement, held: &MovementHeld) -> Vec<Item> {
    let mut items = Vec::new();
    let mut put = |class: Class, left: String, right: String, what: &str| {
        items.push(Item {
            reason: format!(
                "{what} of stock movement {} differs: {left} here, {right} there. Correct the wrong side",
                held.number
            ),
            left,
            right,
            ..scope.item(C2, class, &movement.ours)
        });
    };
    let differs = |ours: &str, theirs: &str| !ours.trim().eq_ignore_ascii_case(theirs.trim());
    if differs(&movement.sku, &held.sku) {
        put(
            Class::Sku,
            movement.sku.clone(),
            held.sku.clone(),
            "the item",
        );
    }
    match &held.uom {
        Some(uom) if differs(&movement.uom, uom) => {
            let (left, right) = (ours_said(movement), said(held));
            put(Class::Uom, left, right, "the unit");
        }
        Some(_) | None if movement.qty != held.qty => {
            let (left, right) = (movement.qty.to_string(), held.qty.to_string());
            put(Class::Qty, left, right, "the quantity");
        }
        Some(_) | None => {}
    }
    for (ours, theirs) in [
        (movement.from, held.from_status),
        (movement.to, held.to_status),
    ] {
        if let Some(theirs) = theirs.filter(|theirs| !are_alike(ours, *theirs)) {
            let (left, right) = (ours.word().to_owned(), theirs.word().to_owned());
            put(Class::Status, left, right, "the status of the goods");
        }
    }
    if let Some(site) = &held.site
        && differs(&movement.site, site)
    {
        put(
            Class::MasterData,
            movement.site.clone(),
            site.clone(),
            "the site",
        );
    }
    if let Some(posted) = held.posted_on
        && (posted.year(), posted.month())
            != (movement.ours.asked.year(), movement.ours.asked.month())
    {
        let (left, right) = (movement.ours.asked.to_string(), posted.to_string());
        put(Class::Period, left, right, "the period");
    }
    items
}

/// Goods that are scrapped stand in the ERP's books as such, or in none any more.
fn are_alike(ours: StockStatus, theirs: StockStatus) -> bool {
    ours == theirs || (ours == StockStatus::Scrapped && theirs == StockStatus::None)
}

fn ours_said(movement: &OurMovement) -> String {
    format!(
        "{} {} {} {} → {}",
        movement.qty,
        movement.uom,
        movement.sku,
        movement.from.word(),
        movement.to.word()
    )
}

fn said(held: &MovementHeld) -> String {
    let status = |status: Option<StockStatus>| status.map_or("?", |s| s.word());
    format!(
        "{}: {} {} {} {} → {}",
        held.number,
        held.qty,
        held.uom.as_deref().unwrap_or(""),
        held.sku,
        status(held.from_status),
        status(held.to_status)
    )
}
