//! Words of a return's life.

code_list! {
    /// Kind of return.
    ReturnType {
        /// Goods come back before credit.
        Physical = "PHYSICAL",
        /// Credit without goods.
        CreditOnly = "CREDIT_ONLY",
        /// Credit before goods.
        AdvanceCredit = "ADVANCE_CREDIT",
        /// Replacement before goods.
        AdvanceReplacement = "ADVANCE_REPLACEMENT",
        /// Goods without announcement.
        Blind = "BLIND",
        /// Recall.
        Recall = "RECALL",
        /// From the customer straight to the supplier.
        VendorDirect = "VENDOR_DIRECT",
        /// Between companies of one group.
        Intercompany = "INTERCOMPANY",
    }
}

code_list! {
    /// Where a return is in its life. The only status that is stored; the others are derived.
    Lifecycle {
        /// Asked for.
        Requested = "REQUESTED",
        /// Waits for a person.
        PendingAuthorization = "PENDING_AUTHORIZATION",
        /// Allowed; goods may come.
        Authorized = "AUTHORIZED",
        /// Refused.
        Declined = "DECLINED",
        /// Withdrawn.
        Cancelled = "CANCELLED",
        /// Not used in time.
        Expired = "EXPIRED",
        /// Goods or money are moving.
        InProgress = "IN_PROGRESS",
        /// Nothing left to do.
        Settled = "SETTLED",
        /// Settled and reconciled.
        Closed = "CLOSED",
    }
}

code_list! {
    /// Logistics axis, derived from quantities.
    LogisticsStatus {
        /// No goods expected.
        NotRequired = "NOT_REQUIRED",
        /// Nothing came yet.
        Awaiting = "AWAITING",
        /// On the way.
        InTransit = "IN_TRANSIT",
        /// A part came.
        Partial = "PARTIAL",
        /// All came.
        Received = "RECEIVED",
        /// More came.
        Over = "OVER",
        /// The rest is not expected any more.
        ShortClosed = "SHORT_CLOSED",
    }
}

code_list! {
    /// Inspection axis, derived from quantities.
    InspectionStatus {
        /// Nothing to inspect.
        NotRequired = "NOT_REQUIRED",
        /// Nothing inspected yet.
        Pending = "PENDING",
        /// A part is inspected.
        Partial = "PARTIAL",
        /// All that came is inspected.
        Complete = "COMPLETE",
    }
}

code_list! {
    /// Compensation axis, derived from credit slices: the worst open one wins.
    CompensationStatus {
        /// Nothing due yet.
        NotDue = "NOT_DUE",
        /// Calculated.
        Calculated = "CALCULATED",
        /// Waits for approval.
        PendingApproval = "PENDING_APPROVAL",
        /// Approved.
        Approved = "APPROVED",
        /// Being posted.
        Posting = "POSTING",
        /// A part is credited.
        PartiallyCredited = "PARTIALLY_CREDITED",
        /// Credited.
        Credited = "CREDITED",
        /// No credit is due.
        NoCredit = "NO_CREDIT",
        /// Credit was reversed.
        Reversed = "REVERSED",
    }
}

code_list! {
    /// What stops a return's money for now.
    HoldFlag {
        /// Customer on hold.
        CustomerHold = "CUSTOMER_HOLD",
        /// Suspected fraud.
        Fraud = "FRAUD",
        /// Recall.
        Recall = "RECALL",
        /// Legal.
        Legal = "LEGAL",
        /// Period.
        Period = "PERIOD",
        /// Set by hand.
        Manual = "MANUAL",
    }
}

code_list! {
    /// State of an approval.
    ApprovalState {
        /// Waits for decisions.
        Requested = "REQUESTED",
        /// Granted.
        Approved = "APPROVED",
        /// Refused.
        Rejected = "REJECTED",
        /// Not decided in time.
        Expired = "EXPIRED",
        /// Given to the next level.
        Escalated = "ESCALATED",
        /// Withdrawn.
        Withdrawn = "WITHDRAWN",
        /// What it was for has changed.
        Superseded = "SUPERSEDED",
    }
}
