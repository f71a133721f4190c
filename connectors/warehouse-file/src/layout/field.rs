//! What may stand in a column.

use serde::Deserialize;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Field {
    /// The partner's key of the transaction.
    ImportKey,
    /// The partner's own number of the row.
    Row,
    /// Number of the return's line.
    Line,
    /// RMA number.
    Rma,
    /// The partner's code of the warehouse.
    Site,
    /// Item.
    Sku,
    /// Quantity.
    Qty,
    /// How much of the quantity was inspected and decided on; all of it if not said.
    Confirmed,
    /// Unit of measure.
    Uom,
    /// Condition.
    Condition,
    /// Disposition.
    Disposition,
    /// Result of the inspection.
    Result,
    /// Who bears it.
    Liability,
    /// The inspector's grade.
    Grade,
    /// Defect codes.
    Defects,
    /// Serial numbers.
    Serial,
    /// Lots.
    Lot,
    /// Expiry of the goods.
    Expiry,
    /// When it happened: date and time.
    ReceivedAt,
    /// When it happened: the date.
    Date,
    /// When it happened: the time.
    Time,
    /// Tracking number.
    TrackingNo,
    /// Carrier.
    Carrier,
    /// Dock.
    Dock,
    /// License plate.
    Lpn,
    /// Who inspected.
    Inspector,
    /// Site where the goods end.
    TargetSite,
    /// Bin where the goods end.
    TargetBin,
    /// What the row tells.
    Kind,
    /// The receipt that the row speaks of.
    Receipt,
    /// The inspection that the row speaks of.
    Inspection,
    /// Number of the file.
    Sequence,
    /// Number of records.
    Count,
    /// Sum of the quantities.
    Total,
    /// Order that the goods were sold on.
    Order,
    /// Reason of the return.
    Reason,
    /// Key of our effect.
    Key,
    /// Customer account.
    Customer,
    /// Until when the goods may come.
    ExpiresOn,
    /// When it was decided.
    IssuedAt,
    /// Key of the announcement that is withdrawn.
    AnnouncedAs,
    /// Yes or no.
    Status,
    /// Code of a failure.
    Code,
    /// Text for people.
    Text,
    /// Name of the file that is acknowledged.
    File,
    /// Rows taken.
    Accepted,
    /// Rows refused.
    Refused,
    /// Number of a line in their file.
    FileLine,
    /// Id of a row in their file.
    Id,
}

/// How a column is read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    /// As it is; no line breaks.
    Word,
    /// As it is.
    Text,
    /// A decimal.
    Number,
    /// A whole number.
    Whole,
    /// A date.
    Date,
    /// A time.
    Time,
    /// Date and time.
    Moment,
}

impl Field {
    /// How its columns are read and written.
    pub(crate) const fn nature(self) -> Nature {
        match self {
            Self::Qty | Self::Confirmed | Self::Total => Nature::Number,
            Self::Line
            | Self::Sequence
            | Self::Count
            | Self::Accepted
            | Self::Refused
            | Self::FileLine => Nature::Whole,
            Self::Expiry | Self::Date | Self::ExpiresOn => Nature::Date,
            Self::Time => Nature::Time,
            Self::ReceivedAt | Self::IssuedAt => Nature::Moment,
            Self::Text | Self::Reason => Nature::Text,
            Self::ImportKey
            | Self::Row
            | Self::Rma
            | Self::Site
            | Self::Sku
            | Self::Uom
            | Self::Condition
            | Self::Disposition
            | Self::Result
            | Self::Liability
            | Self::Grade
            | Self::Defects
            | Self::Serial
            | Self::Lot
            | Self::TrackingNo
            | Self::Carrier
            | Self::Dock
            | Self::Lpn
            | Self::Inspector
            | Self::TargetSite
            | Self::TargetBin
            | Self::Kind
            | Self::Receipt
            | Self::Inspection
            | Self::Order
            | Self::Key
            | Self::Customer
            | Self::AnnouncedAs
            | Self::Status
            | Self::Code
            | Self::File
            | Self::Id => Nature::Word,
        }
    }

    /// Its name in layouts.
    pub(crate) fn name(self) -> String {
        let mut name = String::new();
        for c in format!("{self:?}").chars() {
            if c.is_ascii_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(c.to_ascii_lowercase());
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_are_read() {
        for (field, name) in [(Field::ImportKey, "import_key"), (Field::Rma, "rma")] {
            assert_eq!(field.name(), name);
            let read = Field::deserialize(toml::Value::String(name.to_owned())).unwrap();
            assert_eq!(read, field);
        }
    }
}
