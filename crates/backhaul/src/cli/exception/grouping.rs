//! By what exceptions are grouped and ordered, as the command line says it.

use clap::ValueEnum;
use router::groups;

/// A side by which exceptions are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    /// Business code and failure code
    Cause,
    /// Connector instance
    Connector,
    /// Warehouse or site
    Site,
    /// Customer account
    Customer,
    /// Return
    Return,
}

/// What comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Order {
    /// Most exceptions
    Count,
    /// Most money in one currency, in whole units; currencies are not converted
    Money,
    /// Oldest exception
    Age,
}

impl From<By> for groups::By {
    fn from(by: By) -> Self {
        match by {
            By::Cause => Self::Cause,
            By::Connector => Self::Connector,
            By::Site => Self::Site,
            By::Customer => Self::Customer,
            By::Return => Self::Return,
        }
    }
}

impl From<Order> for groups::Order {
    fn from(order: Order) -> Self {
        match order {
            Order::Count => Self::Count,
            Order::Money => Self::Money,
            Order::Age => Self::Age,
        }
    }
}
