//! Business status codes, as published to operations and finance.

code_list! {
    /// Business status of a return: the milestone reached last.
    BusinessCode {
        /// Requested.
        R100 = "R100",
        /// Eligible.
        R110 = "R110",
        /// Policy exception.
        R120 = "R120",
        /// Declined.
        R130 = "R130",
        /// Authorised.
        R200 = "R200",
        /// In transit.
        R210 = "R210",
        /// Expired.
        R220 = "R220",
        /// Cancelled.
        R230 = "R230",
        /// Part received.
        R300 = "R300",
        /// Received.
        R310 = "R310",
        /// Over or unmatched goods on hold.
        R320 = "R320",
        /// Inspecting.
        R400 = "R400",
        /// Inspected.
        R410 = "R410",
        /// Disposition decided.
        R420 = "R420",
        /// Credit calculated.
        R500 = "R500",
        /// Waits for approval.
        R510 = "R510",
        /// Approved.
        R520 = "R520",
        /// Posting.
        R530 = "R530",
        /// Credited.
        R540 = "R540",
        /// No credit.
        R550 = "R550",
        /// Credit reversed.
        R560 = "R560",
        /// Inventory posted.
        R600 = "R600",
        /// Inventory failed.
        R610 = "R610",
        /// Exception.
        R700 = "R700",
        /// Settled.
        R800 = "R800",
        /// Closed.
        R900 = "R900",
    }
}

impl BusinessCode {
    /// What it says, for people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::R100 => "requested",
            Self::R110 => "eligible",
            Self::R120 => "policy exception",
            Self::R130 => "declined",
            Self::R200 => "authorised, awaiting goods",
            Self::R210 => "in transit",
            Self::R220 => "expired",
            Self::R230 => "cancelled",
            Self::R300 => "part received",
            Self::R310 => "received, awaiting inspection",
            Self::R320 => "over or unmatched goods on hold",
            Self::R400 => "inspecting",
            Self::R410 => "inspected, awaiting disposition",
            Self::R420 => "disposition decided",
            Self::R500 => "credit calculated",
            Self::R510 => "awaiting approval",
            Self::R520 => "approved",
            Self::R530 => "posting",
            Self::R540 => "credited",
            Self::R550 => "no credit",
            Self::R560 => "credit reversed",
            Self::R600 => "inventory posted",
            Self::R610 => "inventory failed",
            Self::R700 => "exception",
            Self::R800 => "settled",
            Self::R900 => "closed",
        }
    }
}
