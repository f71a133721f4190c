//! Words of the credit calculation.

code_list! {
    /// On what ground a credit is calculated.
    CreditBasis {
        /// Goods received and inspected.
        ReceivedInspected = "RECEIVED_INSPECTED",
        /// No goods expected, by policy.
        CreditOnly = "CREDIT_ONLY",
        /// Before the goods, by policy.
        Advance = "ADVANCE",
        /// Difference to an earlier credit.
        Correction = "CORRECTION",
        /// An advance taken back.
        Recovery = "RECOVERY",
    }
}

code_list! {
    /// Component of a credit.
    ComponentType {
        /// Goods at the invoice's net price.
        Goods = "GOODS",
        /// Discount of the line.
        LineDiscount = "LINE_DISCOUNT",
        /// Share of the header's discount.
        HeaderDiscountShare = "HEADER_DISCOUNT_SHARE",
        /// Freight to the customer.
        OutboundFreight = "OUTBOUND_FREIGHT",
        /// Fee for the return label.
        ReturnLabelFee = "RETURN_LABEL_FEE",
        /// Restocking fee.
        RestockingFee = "RESTOCKING_FEE",
        /// Deduction for damage.
        DamageDeduction = "DAMAGE_DEDUCTION",
        /// Deduction for missing parts.
        MissingParts = "MISSING_PARTS",
        /// Handling.
        Handling = "HANDLING",
        /// Deposit.
        Deposit = "DEPOSIT",
        /// Promotion taken back.
        PromoClawback = "PROMO_CLAWBACK",
        /// Tax.
        Tax = "TAX",
        /// Rounding.
        Rounding = "ROUNDING",
        /// Goodwill.
        Goodwill = "GOODWILL",
    }
}

code_list! {
    /// How a fee meets the tax.
    TaxTreatment {
        /// The fee reduces the taxable base of the credit.
        ReduceBase = "reduce_base",
        /// The fee is a supply of its own, taxed at the line's rate.
        SeparateTaxable = "separate_taxable",
        /// The fee is a supply of its own, without tax.
        SeparateExempt = "separate_exempt",
    }
}

code_list! {
    /// How a credit is settled with the customer.
    SettlementMethod {
        /// Credit memo applied to the invoice.
        AppliedCreditMemo = "APPLIED_CREDIT_MEMO",
        /// Credit memo on account.
        OnAccount = "ON_ACCOUNT",
        /// Money back.
        CashRefund = "CASH_REFUND",
        /// Store credit.
        StoreCredit = "STORE_CREDIT",
        /// Replacement.
        Replacement = "REPLACEMENT",
        /// Nothing to settle.
        None = "NONE",
    }
}
