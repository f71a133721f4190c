//! The words of the proof: matches, classes of variances, how grave they are.

use canonical::ExceptionCode;
use serde::{Deserialize, Serialize};

/// What is compared with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Match {
    /// What came in ↔ what was taken in.
    C0,
    /// Receipts of the warehouses ↔ receipts here.
    C1,
    /// Stock movements here ↔ stock movements in the ERP.
    C2,
    /// Credits here ↔ credit memos in the ERP.
    C3,
    /// Credit memos ↔ receivables.
    C4,
    /// Tax credited ↔ tax engine ↔ tax in the ERP.
    C5,
    /// Each line: received, stock, credited.
    C6,
    /// Clearing account.
    C7,
    /// Advances ↔ receipts.
    C8,
    /// Claims on suppliers ↔ their credits.
    C9,
    /// Statuses, messages, announcements ↔ what was told of them.
    C10,
}

impl Match {
    /// All, in order.
    pub const ALL: [Self; 11] = [
        Self::C0,
        Self::C1,
        Self::C2,
        Self::C3,
        Self::C4,
        Self::C5,
        Self::C6,
        Self::C7,
        Self::C8,
        Self::C9,
        Self::C10,
    ];

    /// Short name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::C0 => "C0",
            Self::C1 => "C1",
            Self::C2 => "C2",
            Self::C3 => "C3",
            Self::C4 => "C4",
            Self::C5 => "C5",
            Self::C6 => "C6",
            Self::C7 => "C7",
            Self::C8 => "C8",
            Self::C9 => "C9",
            Self::C10 => "C10",
        }
    }

    /// What it compares.
    pub const fn title(self) -> &'static str {
        match self {
            Self::C0 => "what came in ↔ what was taken in",
            Self::C1 => "receipts of warehouses ↔ receipts here",
            Self::C2 => "stock movements here ↔ in the ERP",
            Self::C3 => "credits here ↔ credit memos in the ERP",
            Self::C4 => "credit memos ↔ receivables",
            Self::C5 => "tax credited ↔ tax engine ↔ ERP",
            Self::C6 => "each line: stock ↔ credit",
            Self::C7 => "clearing account per return",
            Self::C8 => "advances ↔ receipts",
            Self::C9 => "supplier claims ↔ supplier credits",
            Self::C10 => "statuses and messages ↔ what was told",
        }
    }
}

/// What kind of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Class {
    /// Too young to be seen on the other side: looked at again by the next run.
    Timing,
    /// Ours, and not there.
    MissingInErp,
    /// There, and not ours: keyed by hand.
    OrphanInErp,
    /// The warehouse has it, and it is not here.
    MissingHere,
    /// It is here, and the warehouse does not have it.
    MissingThere,
    /// There more than once.
    DuplicateInErp,
    /// Net amounts differ.
    AmountNet,
    /// Tax amounts differ.
    AmountTax,
    /// Amounts differ by exactly the fees.
    AmountFeeFreight,
    /// Amounts differ by one minor unit.
    Rounding,
    /// Quantities differ.
    Qty,
    /// Units differ.
    Uom,
    /// Items differ.
    Sku,
    /// Lots or serial numbers differ.
    LotSerial,
    /// Statuses differ: of stock, or of a document and its effect.
    Status,
    /// Customers differ.
    Customer,
    /// Currencies differ.
    CurrencyFx,
    /// Posted in another period.
    Period,
    /// Applied to another invoice.
    Unapplied,
    /// Taken back on one side only.
    ReversalMismatch,
    /// Sites differ.
    MasterData,
    /// Left in advance, and its goods are not back although they are due.
    AdvanceOverdue,
}

impl Class {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Timing => "TIMING",
            Self::MissingInErp => "MISSING_IN_ERP",
            Self::OrphanInErp => "ORPHAN_IN_ERP",
            Self::MissingHere => "MISSING_HERE",
            Self::MissingThere => "MISSING_THERE",
            Self::DuplicateInErp => "DUPLICATE_IN_ERP",
            Self::AmountNet => "AMOUNT_NET",
            Self::AmountTax => "AMOUNT_TAX",
            Self::AmountFeeFreight => "AMOUNT_FEE_FREIGHT",
            Self::Rounding => "ROUNDING",
            Self::Qty => "QTY",
            Self::Uom => "UOM",
            Self::Sku => "SKU",
            Self::LotSerial => "LOT_SERIAL",
            Self::Status => "STATUS",
            Self::Customer => "CUSTOMER",
            Self::CurrencyFx => "CURRENCY_FX",
            Self::Period => "PERIOD",
            Self::Unapplied => "UNAPPLIED",
            Self::ReversalMismatch => "REVERSAL_MISMATCH",
            Self::MasterData => "MASTER_DATA",
            Self::AdvanceOverdue => "ADVANCE_OVERDUE",
        }
    }

    /// True if it leaves the day unproven.
    pub const fn disproves(self) -> bool {
        !matches!(self, Self::Timing | Self::Rounding)
    }

    /// Code of its exception.
    pub const fn exception(self) -> ExceptionCode {
        match self {
            Self::OrphanInErp => ExceptionCode::ErpOrphanDoc,
            Self::DuplicateInErp => ExceptionCode::ErpAmbiguous,
            Self::AmountTax => ExceptionCode::TaxVariance,
            Self::CurrencyFx => ExceptionCode::FxVariance,
            Self::AmountNet | Self::AmountFeeFreight => ExceptionCode::PriceVariance,
            Self::AdvanceOverdue => ExceptionCode::AdvanceOverdue,
            Self::Timing
            | Self::MissingInErp
            | Self::MissingHere
            | Self::MissingThere
            | Self::Rounding
            | Self::Qty
            | Self::Uom
            | Self::Sku
            | Self::LotSerial
            | Self::Status
            | Self::Customer
            | Self::Period
            | Self::Unapplied
            | Self::ReversalMismatch
            | Self::MasterData => ExceptionCode::ReconVariance,
        }
    }
}

/// How soon somebody has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Priority {
    /// Today: money, or a double.
    P1,
    /// This week.
    P2,
    /// When there is time.
    P3,
}

/// Money times days from which a variance that moves no money itself is urgent, in minor units.
const URGENT: i64 = 100_000;

impl Priority {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
        }
    }

    /// Money and doubles are always first. Else by value times age in days; what has no value by age alone.
    pub fn of(matched: Match, class: Class, delta_minor: Option<i64>, age_days: i64) -> Self {
        let is_money = match matched {
            Match::C3 => !matches!(class, Class::Timing | Class::Rounding | Class::Period),
            Match::C6 | Match::C8 => class != Class::Timing,
            Match::C9 => matches!(class, Class::AmountNet | Class::CurrencyFx),
            Match::C0 | Match::C1 | Match::C2 | Match::C4 | Match::C5 | Match::C7 | Match::C10 => {
                false
            }
        };
        if class == Class::DuplicateInErp || is_money {
            return Self::P1;
        }
        if matches!(class, Class::Timing | Class::Rounding) {
            return Self::P3;
        }
        let weight = delta_minor
            .unwrap_or(0)
            .saturating_abs()
            .saturating_mul(age_days.max(1));
        if weight >= URGENT || age_days >= 2 {
            Self::P2
        } else {
            Self::P3
        }
    }
}
