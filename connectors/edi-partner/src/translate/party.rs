//! Parties of a document: who returns, who is credited, where the goods go.

use connector::Failure;

use super::Told;
use super::view::{Part, place};
use crate::wire::model::{Segment, Syntax};

/// A party: N1 of X12, NAD of EDIFACT.
pub(super) struct Party<'a> {
    role: &'a str,
    pub(super) id: &'a str,
    segment: &'a Segment,
}

impl Party<'_> {
    /// Place of the id.
    pub(super) fn at(&self) -> String {
        place(self.segment, if self.segment.id == "N1" { 4 } else { 2 })
    }
}

/// The parties of a part.
pub(super) fn parties<'a>(told: &Told<'_>, part: &Part<'a>) -> Vec<Party<'a>> {
    let id = match told.interchange.syntax {
        Syntax::X12 => "N1",
        Syntax::Edifact => "NAD",
    };
    part.0
        .iter()
        .copied()
        .filter(|segment| segment.id == id)
        .map(|segment| match told.interchange.syntax {
            Syntax::X12 => Party {
                role: segment.get(1),
                id: segment.get(4),
                segment,
            },
            Syntax::Edifact => Party {
                role: segment.get(1),
                id: segment.get(2),
                segment,
            },
        })
        .collect()
}

/// The first party with an id in the order of the roles.
pub(super) fn with_role<'a, 'b>(
    parties: &'b [Party<'a>],
    roles: &[String],
) -> Option<&'b Party<'a>> {
    roles.iter().find_map(|role| {
        parties
            .iter()
            .find(|party| party.role == role && !party.id.is_empty())
    })
}

/// Our site, as one of these roles.
pub(super) fn site(
    told: &Told<'_>,
    parties: &[Party<'_>],
    roles: &[String],
) -> Result<String, Failure> {
    match with_role(parties, roles) {
        Some(party) => told.partner.our_site(Some(party.id), &party.at()),
        None => told.partner.our_site(None, &told.place()),
    }
}

/// Our account of the customer; without a party that of the block, else the sender's.
pub(super) fn account(told: &Told<'_>, parties: &[Party<'_>]) -> Result<String, Failure> {
    let partner = told.partner;
    match with_role(parties, &partner.profile.request.customer) {
        Some(party) => partner.our_account(party.id, &party.at()),
        None => match partner.default_account() {
            Some(account) => Ok(account.to_owned()),
            None => partner.our_account(&told.interchange.sender.id, &told.place()),
        },
    }
}
