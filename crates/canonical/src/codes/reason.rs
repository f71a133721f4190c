//! Why goods come back, and why a return is refused.

use super::Liability;

code_list! {
    /// Reason of a return, as the customer or the partner gives it.
    Reason {
        /// The customer ordered the wrong thing.
        CustomerOrderError = "CUSTOMER_ORDER_ERROR",
        /// Did not work when it arrived.
        DefectiveOnArrival = "DEFECTIVE_ON_ARRIVAL",
        /// Failed in use.
        DefectiveInUse = "DEFECTIVE_IN_USE",
        /// Damaged on the way to the customer.
        DamagedInTransit = "DAMAGED_IN_TRANSIT",
        /// The packaging was at fault.
        PackagingDefect = "PACKAGING_DEFECT",
        /// Something else was shipped than ordered.
        WrongItemShipped = "WRONG_ITEM_SHIPPED",
        /// Not what the description promised.
        NotAsDescribed = "NOT_AS_DESCRIBED",
        /// Invoiced at a wrong price.
        PriceError = "PRICE_ERROR",
        /// Too little shelf life left.
        ShortDated = "SHORT_DATED",
        /// The customer has too much of it.
        ExcessStock = "EXCESS_STOCK",
        /// Agreed rotation of stock.
        StockRotation = "STOCK_ROTATION",
        /// Shipped after the order's cancel date.
        ShippedPastCancel = "SHIPPED_PAST_CANCEL",
        /// Recalled by the maker or an authority.
        Recall = "RECALL",
        /// More was shipped than ordered.
        OverShipment = "OVER_SHIPMENT",
        /// Not needed any more.
        NoLongerNeeded = "NO_LONGER_NEEDED",
        /// Not known (goods without papers).
        Unknown = "UNKNOWN",
    }
}

impl Reason {
    /// Who bears it unless the inspection says otherwise.
    pub const fn default_liability(self) -> Liability {
        match self {
            Self::CustomerOrderError
            | Self::ExcessStock
            | Self::StockRotation
            | Self::NoLongerNeeded => Liability::Customer,
            Self::DefectiveOnArrival | Self::DefectiveInUse | Self::Recall => Liability::Supplier,
            Self::DamagedInTransit => Liability::Carrier,
            Self::PackagingDefect
            | Self::WrongItemShipped
            | Self::NotAsDescribed
            | Self::PriceError
            | Self::ShortDated
            | Self::ShippedPastCancel
            | Self::OverShipment => Liability::Seller,
            Self::Unknown => Liability::Undetermined,
        }
    }
}

code_list! {
    /// Why a return, or a part of it, is refused.
    DenialReason {
        /// Worn beyond what is accepted.
        ExcessiveWear = "EXCESSIVE_WEAR",
        /// Damaged by freight or by the retailer.
        FreightOrRetailerDamage = "FREIGHT_OR_RETAILER_DAMAGE",
        /// Not defective.
        NotDefective = "NOT_DEFECTIVE",
        /// The item is what was ordered.
        ItemAsOrdered = "ITEM_AS_ORDERED",
        /// More information is needed.
        MoreInfo = "MORE_INFO",
        /// No such sale on record.
        NoRecordOfSale = "NO_RECORD_OF_SALE",
        /// No longer sold.
        Discontinued = "DISCONTINUED",
        /// Price differs.
        PriceDifference = "PRICE_DIFFERENCE",
        /// A picture is needed.
        PictureRequested = "PICTURE_REQUESTED",
        /// Quantity differs, or more than is left of the invoice line.
        QuantityDifference = "QUANTITY_DIFFERENCE",
        /// A repair allowance is given instead.
        RepairAllowance = "REPAIR_ALLOWANCE",
        /// The return window is over.
        WindowExceeded = "WINDOW_EXCEEDED",
        /// A sample is needed.
        SampleRequested = "SAMPLE_REQUESTED",
        /// The goods cannot be identified.
        Unidentifiable = "UNIDENTIFIABLE",
    }
}
