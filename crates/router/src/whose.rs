//! Whose goods are these? The clues of a receipt are looked up among the open returns; the workflow decides what they say.

use canonical::ReturnName;
use canonical::receipt::Receipt;
use store::{Reference, ReturnFilter, ReturnRow, Store, StoreError};
use workflow::cascade::{Candidate, Cascade, choose, clues, fits};
use workflow::policy::Policy;
use workflow::{PolicySet, ReturnState};

use crate::search::term;

/// Before the name space of names that were learnt, as the workflow gives them.
const LEARNT: &str = "goods/";

/// A clue that so many returns have is none.
const TOO_MANY: usize = 200;

/// The name under which goods are found that were told under it before. None for our own ids.
pub(crate) fn learnt(name: &ReturnName) -> Option<Reference> {
    let (space, value) = workflow::learnt_name(name)?;
    Some(Reference { space, value })
}

/// How a name that a return may have itself is kept when it is learnt of goods.
pub(crate) fn learnt_from(name: &Reference) -> Reference {
    Reference {
        space: format!("{LEARNT}{}", name.space),
        value: name.value.clone(),
    }
}

/// The name itself, of one that was learnt; any other as it is.
pub(crate) fn told(name: &Reference) -> Reference {
    let space = name.space.strip_prefix(LEARNT).unwrap_or(&name.space);
    Reference {
        space: space.to_owned(),
        value: name.value.clone(),
    }
}

/// Looks for the one open return that these goods can belong to. With a match comes the return as it is stored.
pub(crate) async fn cascade(
    store: &dyn Store,
    subject: &ReturnName,
    receipt: &Receipt,
) -> Result<(Cascade, Option<ReturnRow>), StoreError> {
    let mut found = Vec::new();
    let mut rows: Vec<ReturnRow> = Vec::new();
    for clue in clues(subject, receipt) {
        let filter = ReturnFilter {
            terms: vec![term(clue.kind, &clue.value)],
            limit: TOO_MANY,
            ..ReturnFilter::default()
        };
        let mut having = store.returns(&filter).await?;
        if having.len() == TOO_MANY {
            continue;
        }
        having.retain(|row| is_fit(row, subject, receipt));
        let candidates = having.iter().map(|row| Candidate {
            return_id: row.return_id.clone(),
            rma_number: row.rma_number.clone(),
        });
        found.push((clue, candidates.collect()));
        rows.extend(having);
    }
    let cascade = choose(&found);
    let row = match &cascade {
        Cascade::One(found) => rows
            .into_iter()
            .find(|row| row.return_id == found.of.return_id),
        Cascade::Nothing | Cascade::Several(_) => None,
    };
    Ok((cascade, row))
}

/// A return that cannot be read fits nothing; whoever reads it for its own sake says so.
fn is_fit(row: &ReturnRow, subject: &ReturnName, receipt: &Receipt) -> bool {
    let state: Result<ReturnState, _> = serde_json::from_str(&row.state);
    state.is_ok_and(|state| fits(&state, subject, receipt))
}

/// The policy by which goods are taken in that came under that name without a return.
///
/// # Errors
/// When several entities would take them, with their names.
pub(crate) fn taking<'a>(
    policies: &'a PolicySet,
    subject: &ReturnName,
    receipt: &Receipt,
) -> Result<Option<&'a Policy>, Vec<&'a str>> {
    let entity = match subject {
        ReturnName::Rma { entity, .. } => Some(entity.as_str()),
        ReturnName::Id(_) | ReturnName::External { .. } => None,
    };
    policies.taking_blind(entity, &receipt.site, receipt.received_at)
}
