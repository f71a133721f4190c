//! Codes of exceptions: what needs a person.

code_list! {
    /// Why something needs a person.
    ExceptionCode {
        /// A customer, order, site, item or code is not known.
        MasterDataMissing = "MASTER_DATA_MISSING",
        /// The message is not what its format demands.
        SchemaInvalid = "SCHEMA_INVALID",
        /// More came than was authorised.
        OverReceipt = "OVER_RECEIPT",
        /// Goods without a return.
        UnmatchedReceipt = "UNMATCHED_RECEIPT",
        /// The same receipt told twice, differently.
        ReceiptConflict = "RECEIPT_CONFLICT",
        /// A serial number that was not shipped.
        SerialMismatch = "SERIAL_MISMATCH",
        /// A serial number that is in another receipt.
        SerialDuplicate = "SERIAL_DUPLICATE",
        /// A lot under recall.
        LotRecalled = "LOT_RECALLED",
        /// An inspection whose receipt never came.
        OrphanInspection = "ORPHAN_INSPECTION",
        /// Goods came and were not inspected in time.
        InspectionOverdue = "INSPECTION_OVERDUE",
        /// A source from which nothing came for longer than it is expected to be silent.
        SourceSilent = "SOURCE_SILENT",
        /// A conversion between units that is not exact.
        UomInexact = "UOM_INEXACT",
        /// Came after expiry and grace.
        LateReturn = "LATE_RETURN",
        /// Claimed and invoiced price differ.
        PriceVariance = "PRICE_VARIANCE",
        /// Tax differs beyond tolerance.
        TaxVariance = "TAX_VARIANCE",
        /// Exchange rate differs.
        FxVariance = "FX_VARIANCE",
        /// More than is left of the invoice line.
        CreditCapExceeded = "CREDIT_CAP_EXCEEDED",
        /// The posting period is closed.
        PeriodClosed = "PERIOD_CLOSED",
        /// The customer is on hold.
        CustomerHold = "CUSTOMER_HOLD",
        /// No decision in time.
        ApprovalExpired = "APPROVAL_EXPIRED",
        /// The ERP refused.
        ErpRejected = "ERP_REJECTED",
        /// The outcome in the ERP is unknown for too long.
        ErpUnknownSla = "ERP_UNKNOWN_SLA",
        /// Several or differing documents in the ERP.
        ErpAmbiguous = "ERP_AMBIGUOUS",
        /// A document in the ERP that is not ours.
        ErpOrphanDoc = "ERP_ORPHAN_DOC",
        /// The daily proof found something that does not agree.
        ReconVariance = "RECON_VARIANCE",
        /// An advance without goods.
        AdvanceOverdue = "ADVANCE_OVERDUE",
        /// The supplier's RMA is missing.
        SupplierRmaMissing = "SUPPLIER_RMA_MISSING",
        /// Control totals do not match.
        FileControlTotal = "FILE_CONTROL_TOTAL",
        /// A number of a sequence is missing.
        SequenceGap = "SEQUENCE_GAP",
        /// Same key, other content.
        IdempotencyConflict = "IDEMPOTENCY_CONFLICT",
        /// A message that cannot be processed.
        PoisonMessage = "POISON_MESSAGE",
        /// No rule of the policy fits, or nobody can say which one.
        PolicyGap = "POLICY_GAP",
        /// Not possible in the state the return is in.
        NotAllowedNow = "NOT_ALLOWED_NOW",
        /// The partner could not be reached within all retries.
        DeliveryExhausted = "DELIVERY_EXHAUSTED",
        /// The caller could not prove who they are.
        SignatureInvalid = "SIGNATURE_INVALID",
    }
}
