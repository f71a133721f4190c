//! Conditions, results, liability and tracking.

code_list! {
    /// Condition in which goods came back.
    Condition {
        /// New and sealed.
        ANewSealed = "A_NEW_SEALED",
        /// Opened, as new.
        BOpened = "B_OPENED",
        /// Used.
        CUsed = "C_USED",
        /// Damaged.
        DDamaged = "D_DAMAGED",
        /// Defective.
        EDefective = "E_DEFECTIVE",
        /// Parts missing.
        FIncomplete = "F_INCOMPLETE",
        /// Past its date.
        GExpired = "G_EXPIRED",
        /// Contaminated.
        HContaminated = "H_CONTAMINATED",
        /// Another item than expected.
        WWrongItem = "W_WRONG_ITEM",
        /// Empty box.
        XEmpty = "X_EMPTY",
    }
}

code_list! {
    /// Result of an inspection.
    InspectionResult {
        /// Passed.
        Pass = "PASS",
        /// Failed.
        Fail = "FAIL",
        /// Passed under a condition.
        Conditional = "CONDITIONAL",
        /// Could not be tested.
        Untestable = "UNTESTABLE",
        /// Not done.
        NotPerformed = "NOT_PERFORMED",
    }
}

code_list! {
    /// Who bears the cost.
    Liability {
        /// Ourselves.
        Seller = "SELLER",
        /// The customer.
        Customer = "CUSTOMER",
        /// The carrier.
        Carrier = "CARRIER",
        /// The supplier.
        Supplier = "SUPPLIER",
        /// Not decided.
        Undetermined = "UNDETERMINED",
    }
}

code_list! {
    /// How single pieces of an item are followed.
    TrackingMode {
        /// Not at all.
        None = "NONE",
        /// By lot.
        Lot = "LOT",
        /// By serial number: one piece each.
        Serial = "SERIAL",
    }
}

code_list! {
    /// How a receipt was matched to its return.
    MatchMethod {
        /// By RMA number.
        Rma = "RMA",
        /// By tracking number.
        Tracking = "TRACKING",
        /// By order.
        Order = "ORDER",
        /// By serial number.
        Serial = "SERIAL",
        /// The only open return of that customer and item.
        UniqueOpen = "UNIQUE_OPEN",
        /// Not matched.
        Unmatched = "UNMATCHED",
    }
}

code_list! {
    /// What the messages of a feed mean.
    Semantics {
        /// Each tells one change.
        Delta = "DELTA",
        /// Each tells the whole state so far.
        Snapshot = "SNAPSHOT",
        /// Each says only that something changed; the rest is fetched.
        Notify = "NOTIFY",
    }
}
