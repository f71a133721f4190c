//! What others put into the warehouse's folder, once it is read: orders and replies; and what it answers.

use crate::decimal::Decimal;
use crate::wms::AsnLine;

/// An announcement, or its withdrawal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Order {
    Announce(Announcement),
    Cancel(Withdrawal),
}

/// What is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Announcement {
    pub(super) key: String,
    pub(super) rma: String,
    pub(super) site: String,
    pub(super) customer: Option<String>,
    pub(super) expires_on: Option<String>,
    pub(super) lines: Vec<AsnLine>,
}

/// What is not expected any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Withdrawal {
    pub(super) key: String,
    pub(super) announced_as: String,
    pub(super) rma: String,
}

impl Order {
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Announce(announcement) => &announcement.key,
            Self::Cancel(withdrawal) => &withdrawal.key,
        }
    }

    pub(super) fn rma(&self) -> &str {
        match self {
            Self::Announce(announcement) => &announcement.rma,
            Self::Cancel(withdrawal) => &withdrawal.rma,
        }
    }
}

/// The answer to one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) key: String,
    pub(super) rma: String,
    /// Code and text; absent: accepted.
    pub(super) refused: Option<(&'static str, String)>,
}

/// What somebody says of one of the warehouse's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) file: String,
    pub(super) verdict: Verdict,
}

/// Taken, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    Partly,
    Refused,
}

impl Verdict {
    /// A word of whatever letters.
    pub(super) fn read(word: &str) -> Result<Self, String> {
        match word.to_ascii_lowercase().as_str() {
            "accepted" => Ok(Self::Accepted),
            "partly" => Ok(Self::Partly),
            "refused" => Ok(Self::Refused),
            other => Err(format!("{other:?} is no verdict")),
        }
    }
}

/// Checks an announcements' file's trailer, if it has one, against what was counted.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) rows: u64,
    pub(super) total: Decimal,
}

impl Counted {
    pub(super) fn add(&mut self, quantity: Decimal) {
        self.rows += 1;
        self.total = self.total + quantity;
    }

    pub(super) fn check(&self, rows: u64, total: Decimal) -> Result<(), String> {
        if self.rows == rows && self.total == total {
            return Ok(());
        }
        Err(format!(
            "the trailer says {rows} rows and {total}, there are {} and {}",
            self.rows, self.total
        ))
    }
}

/// The last announcement in the list, if it has this key.
pub(super) fn last_announcement<'a>(
    orders: &'a mut [Order],
    key: &str,
) -> Option<&'a mut Announcement> {
    match orders.last_mut() {
        Some(Order::Announce(announcement)) if announcement.key == key => Some(announcement),
        _ => None,
    }
}
