//! The proof at the end of a demo: what Backhaul believes against what the partners' ledgers hold. Pure.

use std::collections::{BTreeMap, BTreeSet};

use canonical::Qty;
use serde::Serialize;

/// Names a document by who has it: the right document at the wrong partner is lost here and unknown there.
pub(crate) fn at(partner: &str, key: &str) -> String {
    format!("{partner}/{key}")
}

/// A document in a partner's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// The partner, and our key there.
    pub(crate) key: String,
    /// Finished (posted), not a draft.
    pub(crate) complete: bool,
    /// Gross amount with its currency ("66.00 USD"), for documents that have one.
    pub(crate) amount: Option<String>,
}

impl Held {
    /// One that is finished.
    pub(crate) const fn complete(key: String, amount: Option<String>) -> Self {
        Self {
            key,
            complete: true,
            amount,
        }
    }
}

/// An effect in our store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Believed {
    /// The partner that is to have it, and its key there.
    pub(crate) key: String,
    /// Confirmed.
    pub(crate) confirmed: bool,
    /// Amount with its currency, for effects that have one.
    pub(crate) amount: Option<String>,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// What was compared with what.
    pub(crate) name: String,
    /// Entries compared on our side.
    pub(crate) ours: usize,
    /// Entries on the partner's side.
    pub(crate) theirs: usize,
    /// Ours, confirmed, that the partner does not have.
    pub(crate) lost: usize,
    /// The partner's beyond the first for one key.
    pub(crate) doubled: usize,
    /// The partner's that we do not know of, or did not confirm.
    pub(crate) unknown: usize,
    /// Both have it and it says different things, or is half finished.
    pub(crate) differing: usize,
    /// Differences that an open exception names: somebody knows, nothing is lost.
    pub(crate) explained: usize,
    /// The first few, for people.
    pub(crate) examples: Vec<String>,
}

impl Check {
    fn new(name: &str, ours: usize, theirs: usize) -> Self {
        Self {
            name: name.to_owned(),
            ours,
            theirs,
            lost: 0,
            doubled: 0,
            unknown: 0,
            differing: 0,
            explained: 0,
            examples: Vec::new(),
        }
    }

    /// True if both sides agree.
    pub(crate) fn agrees(&self) -> bool {
        self.lost + self.doubled + self.unknown + self.differing == 0
    }

    fn example(&mut self, text: String) {
        if self.examples.len() < 5 {
            self.examples.push(text);
        }
    }
}

/// Effects against the documents of the partner that they went to.
pub(crate) fn effects(name: &str, ours: &[Believed], theirs: &[Held]) -> Check {
    let mut check = Check::new(
        name,
        ours.iter().filter(|e| e.confirmed).count(),
        theirs.len(),
    );
    let mut held: BTreeMap<&str, Vec<&Held>> = BTreeMap::new();
    for document in theirs {
        held.entry(&document.key).or_default().push(document);
    }
    for effect in ours.iter().filter(|e| e.confirmed) {
        match held.get(effect.key.as_str()).map(Vec::as_slice) {
            None | Some([]) => {
                check.lost += 1;
                check.example(format!("{} is confirmed here and not there", effect.key));
            }
            Some([document]) => {
                if !document.complete || document.amount != effect.amount {
                    check.differing += 1;
                    check.example(format!(
                        "{}: here {:?}, there {:?}{}",
                        effect.key,
                        effect.amount,
                        document.amount,
                        if document.complete {
                            ""
                        } else {
                            " (half finished)"
                        }
                    ));
                }
            }
            Some(several) => {
                check.doubled += several.len() - 1;
                check.example(format!("{} is there {} times", effect.key, several.len()));
            }
        }
    }
    let confirmed: BTreeSet<&str> = ours
        .iter()
        .filter(|e| e.confirmed)
        .map(|e| e.key.as_str())
        .collect();
    for key in held.keys().filter(|key| !confirmed.contains(*key)) {
        check.unknown += 1;
        check.example(format!("{key} is there and not confirmed here"));
    }
    check
}

/// Quantities by name (RMA): what a warehouse received against what our returns hold. `explained`: returns with an open
/// exception that says that the warehouse contradicts itself.
pub(crate) fn quantities(
    name: &str,
    ours: &BTreeMap<String, String>,
    theirs: &BTreeMap<String, String>,
    explained: &BTreeSet<String>,
) -> Check {
    let mut check = Check::new(name, ours.len(), theirs.len());
    let goods = |quantity: &String| {
        quantity
            .parse()
            .is_ok_and(|quantity: Qty| !quantity.is_zero())
    };
    for (rma, here) in ours.iter().filter(|(_, here)| goods(here)) {
        if !theirs.contains_key(rma) {
            check.unknown += 1;
            check.example(format!("{rma}: we have {here}, no warehouse has any"));
        }
    }
    for (rma, there) in theirs {
        match ours.get(rma) {
            None => {
                check.lost += 1;
                check.example(format!(
                    "{rma}: the warehouse has {there}, we have no such return"
                ));
            }
            Some(here) if here != there && explained.contains(rma) => check.explained += 1,
            Some(here) if here != there => {
                check.differing += 1;
                check.example(format!("{rma}: the warehouse has {there}, we have {here}"));
            }
            Some(_) => {}
        }
    }
    check
}

/// What is due to be told against what is planned to be told, by name.
pub(crate) fn due(name: &str, due: &BTreeSet<String>, planned: &BTreeSet<String>) -> Check {
    let mut check = Check::new(name, planned.len(), due.len());
    for missing in due.difference(planned) {
        check.lost += 1;
        check.example(format!("{missing}: the partner is never told of it"));
    }
    for early in planned.difference(due) {
        check.unknown += 1;
        check.example(format!("{early}: the partner is told, and it is not so"));
    }
    check
}

/// Requests that were acknowledged against returns that exist.
pub(crate) fn requests(sent: &BTreeSet<String>, known: &BTreeSet<String>) -> Check {
    let mut check = Check::new("requests ↔ returns", known.len(), sent.len());
    for rma in sent.difference(known) {
        check.lost += 1;
        check.example(format!("{rma} was acknowledged and does not exist"));
    }
    for rma in known.difference(sent) {
        check.unknown += 1;
        check.example(format!("{rma} exists and was never asked for"));
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    fn believed(key: &str, amount: &str) -> Believed {
        Believed {
            key: key.into(),
            confirmed: true,
            amount: Some(amount.into()),
        }
    }

    fn held(key: &str, amount: &str) -> Held {
        Held {
            key: key.into(),
            complete: true,
            amount: Some(amount.into()),
        }
    }

    #[test]
    fn equal_ledgers_agree() {
        let check = effects("x", &[believed("a", "1.00 USD")], &[held("a", "1.00 USD")]);
        assert!(check.agrees(), "{check:?}");
    }

    #[test]
    fn a_document_at_the_wrong_partner_does_not_agree() {
        let ours = [believed(&at("erp-de", "a"), "1.00 EUR")];
        let theirs = [held(&at("erp-us", "a"), "1.00 EUR")];
        let check = effects("x", &ours, &theirs);
        assert_eq!((check.lost, check.unknown), (1, 1));
    }

    #[test]
    fn goods_are_compared_both_ways() {
        let of = |rows: &[(&str, &str)]| -> BTreeMap<String, String> {
            let rows = rows.iter();
            rows.map(|(rma, quantity)| ((*rma).into(), (*quantity).into()))
                .collect()
        };
        let ours = of(&[("same", "2"), ("invented", "1"), ("empty", "0")]);
        let theirs = of(&[("same", "2"), ("lost", "1")]);
        let check = quantities("x", &ours, &theirs, &BTreeSet::new());
        assert_eq!((check.lost, check.unknown, check.differing), (1, 1, 0));
    }

    #[test]
    fn what_is_due_and_not_planned_is_lost() {
        let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let check = due("x", &of(&["a", "b"]), &of(&["b", "c"]));
        assert_eq!((check.lost, check.unknown), (1, 1));
        assert!(due("x", &of(&["a"]), &of(&["a"])).agrees());
    }

    #[test]
    fn every_kind_of_disagreement_is_seen() {
        let ours = [
            believed("lost", "1"),
            believed("twice", "1"),
            believed("other", "1"),
            Believed {
                key: "pending".into(),
                confirmed: false,
                amount: None,
            },
        ];
        let theirs = [
            held("twice", "1"),
            held("twice", "1"),
            held("other", "2"),
            held("pending", "1"),
            held("stranger", "1"),
        ];
        let check = effects("x", &ours, &theirs);
        assert_eq!(
            (check.lost, check.doubled, check.unknown, check.differing),
            (1, 1, 2, 1)
        );
        let draft = Held {
            complete: false,
            ..held("a", "1")
        };
        assert_eq!(effects("x", &[believed("a", "1")], &[draft]).differing, 1);
    }
}
