//! What is done with returned goods.

code_list! {
    /// What is done with inspected goods. Warehouses' own codes map onto this closed set.
    DispositionAction {
        /// Back to available stock.
        Restock = "RESTOCK",
        /// Held for a further inspection.
        Quarantine = "QUARANTINE",
        /// To be refurbished.
        Refurbish = "REFURBISH",
        /// Repaired and sent back to the customer.
        RepairReturn = "REPAIR_RETURN",
        /// Destroyed at our loss.
        Scrap = "SCRAP",
        /// Sold as second choice.
        Salvage = "SALVAGE",
        /// Given away.
        Donate = "DONATE",
        /// Back to the supplier.
        ReturnToVendor = "RETURN_TO_VENDOR",
        /// Back to the customer.
        ReturnToCustomer = "RETURN_TO_CUSTOMER",
        /// Replaced; the returned goods go to stock.
        ReplaceRestock = "REPLACE_RESTOCK",
        /// Replaced; the returned goods are scrapped.
        ReplaceScrap = "REPLACE_SCRAP",
        /// The customer keeps it (field scrap).
        Keep = "KEEP",
        /// Not in the box.
        Missing = "MISSING",
    }
}

code_list! {
    /// Status of stock in a warehouse's books.
    StockStatus {
        /// Not in our books (with the customer, gone).
        None = "NONE",
        /// Received, not decided.
        ReturnsHold = "RETURNS_HOLD",
        /// Free to sell.
        Available = "AVAILABLE",
        /// Quality inspection.
        QualityHold = "QUALITY_HOLD",
        /// In work (refurbishing, repair).
        WorkInProgress = "WORK_IN_PROGRESS",
        /// Second choice.
        Secondary = "SECONDARY",
        /// Waits for its way to the supplier.
        VendorReturnHold = "VENDOR_RETURN_HOLD",
        /// Written off.
        Scrapped = "SCRAPPED",
    }
}

impl DispositionAction {
    /// Where the goods end in the books; `None` when stock does not move.
    pub const fn stock_target(self) -> Option<StockStatus> {
        match self {
            Self::Restock | Self::ReplaceRestock => Some(StockStatus::Available),
            Self::Quarantine => Some(StockStatus::QualityHold),
            Self::Refurbish | Self::RepairReturn => Some(StockStatus::WorkInProgress),
            Self::Scrap | Self::ReplaceScrap => Some(StockStatus::Scrapped),
            Self::Salvage => Some(StockStatus::Secondary),
            Self::Donate => Some(StockStatus::Scrapped),
            Self::ReturnToVendor => Some(StockStatus::VendorReturnHold),
            Self::ReturnToCustomer | Self::Keep | Self::Missing => None,
        }
    }

    /// True when a later inspection decides anew, so that nothing is credited yet.
    pub const fn is_provisional(self) -> bool {
        matches!(self, Self::Quarantine)
    }
}
