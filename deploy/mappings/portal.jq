# Requests of the customer portal -> `return.requested` (Backhaul WMS JSON).
# Amounts stay the portal's own texts: nothing is calculated here.
.currency as $currency
| {
  type: "return.requested",
  eventId: .id,
  requestId: .id,
  rma: .rma,
  requestedAt: .requested_at,
  timeZone: .time_zone,
  legalEntity: .legal_entity,
  returnType: .return_type,
  channel: .channel,
  segment: .customer.segment,
  customer: .customer.account,
  currency: .currency,
  baseCurrency: .base_currency,
  fxRate: .fx_rate,
  returnTo: .return_to,
  lines: [
    .items[]
    | . as $item
    | .invoice as $invoice
    | {
        line, sku, qty, uom, reason, note, serials,
        replacement, supplier, evidence,
        order: (.order | if . then {number, line: (.line | tostring)} else null end),
        invoice: (
          if $invoice == null then null
          elif $invoice.uom != $item.uom then
            error("item \($item.line) is returned in \($item.uom) and was invoiced in \($invoice.uom)")
          elif $invoice.currency != $currency then
            error("item \($item.line) was invoiced in \($invoice.currency), the request is in \($currency)")
          else {
            number: $invoice.number,
            line: ($invoice.line | tostring),
            date: $invoice.date,
            qty: $invoice.quantity,
            amount: (if $invoice.prices_include_tax then $invoice.gross_amount else $invoice.net_amount end),
            pricesIncludeTax: $invoice.prices_include_tax,
            discounts: [$invoice.discounts[]?.amount],
            taxes: [$invoice.taxes[]? | {jurisdiction, type, rate, amount}]
          } end)
      }
  ]
}
