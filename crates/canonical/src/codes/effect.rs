//! Kinds of effects: what Backhaul does to other systems.

code_list! {
    /// Kind of an effect.
    EffectKind {
        /// A return order in the ERP.
        ErpReturnOrder = "ERP_RETURN_ORDER",
        /// Goods received to hold in the ERP.
        ErpReceiptHold = "ERP_RECEIPT_HOLD",
        /// Stock moved in the ERP.
        ErpStockTransfer = "ERP_STOCK_TRANSFER",
        /// Stock written off in the ERP.
        ErpScrap = "ERP_SCRAP",
        /// A credit memo in the ERP.
        ErpCreditMemo = "ERP_CREDIT_MEMO",
        /// The reversal of a credit memo.
        ErpCreditReversal = "ERP_CREDIT_REVERSAL",
        /// An invoice that recovers an advance.
        ErpRecoveryInvoice = "ERP_RECOVERY_INVOICE",
        /// The ERP is asked what it invoiced; nothing is recorded there.
        InvoiceFacts = "INVOICE_FACTS",
        /// The tax engine is asked about a refund; nothing is recorded there.
        TaxRefundQuote = "TAX_REFUND_QUOTE",
        /// The reversal of such an invoice.
        ErpRecoveryReversal = "ERP_RECOVERY_REVERSAL",
        /// The refund told to the tax engine.
        TaxRefundCommit = "TAX_REFUND_COMMIT",
        /// Its withdrawal.
        TaxRefundVoid = "TAX_REFUND_VOID",
        /// The return told to the order system.
        OmsReturnUpdate = "OMS_RETURN_UPDATE",
        /// The RMA announced to the warehouse.
        WmsRmaAsn = "WMS_RMA_ASN",
        /// Its withdrawal.
        WmsRmaCancel = "WMS_RMA_CANCEL",
        /// A replacement order.
        ReplacementOrder = "REPLACEMENT_ORDER",
        /// A return to the supplier.
        SupplierReturn = "SUPPLIER_RETURN",
        /// A claim on the supplier.
        SupplierClaim = "SUPPLIER_CLAIM",
        /// A case in the CRM.
        CrmCase = "CRM_CASE",
        /// A message to the customer.
        Notify = "NOTIFY",
        /// An X12 180 to the partner.
        Edi180 = "EDI_180",
        /// An X12 812 to the partner.
        Edi812 = "EDI_812",
        /// A UBL credit note.
        UblCreditNote = "UBL_CREDIT_NOTE",
    }
}

impl EffectKind {
    /// True when a double would cost money.
    pub const fn moves_money(self) -> bool {
        matches!(
            self,
            Self::ErpCreditMemo
                | Self::ErpCreditReversal
                | Self::ErpRecoveryInvoice
                | Self::ErpRecoveryReversal
                | Self::ReplacementOrder
                | Self::SupplierClaim
                | Self::TaxRefundCommit
                | Self::TaxRefundVoid
                | Self::Edi812
                | Self::UblCreditNote
        )
    }
}

code_list! {
    /// What became known of an effect.
    EffectResult {
        /// Applied in the target.
        Confirmed = "CONFIRMED",
        /// Understood and refused.
        Rejected = "REJECTED",
        /// Several or differing documents: a person decides.
        Ambiguous = "AMBIGUOUS",
        /// Given up for now; in the exception store.
        Parked = "PARKED",
    }
}
