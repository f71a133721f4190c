# Events of a returns portal of the AfterShip kind -> `return.requested`, `return.cancelled`, receipts with their grades
# (Backhaul WMS JSON). Every event carries the whole return, and the first that comes may already say "approved": both open
# the return, and the one that comes second is recognised by its request.
. as $event
| .data as $return
| {
    requested: {
      type: "return.requested",
      eventId: $event.id,
      requestId: $return.id,
      rma: $return.rma_number,
      requestedAt: $return.created_at,
      legalEntity: "US01",
      returnType: "PHYSICAL",
      channel: "portal",
      segment: "consumer",
      customer: $return.customer.id,
      currency: $return.currency,
      returnTo: $return.warehouse,
      requestedBy: $return.customer.id,
      lines: [
        $return.items | to_entries[]
        | {
            line: (.key + 1), lineId: .value.id, sku: .value.sku, qty: (.value.quantity | tostring), uom: "EA",
            reason: .value.reason, note: .value.comment,
            order: {number: $return.order_number, line: .value.order_line}
          }
      ]
    },
    cancelled: {
      type: "return.cancelled",
      eventId: $event.id,
      requestId: $return.id,
      rma: $return.rma_number,
      occurredAt: $event.created_at,
      requestedBy: "portal",
      reason: $event.event
    }
  } as $say
| if $event.event == "return.submitted" or $event.event == "return.approved" then $say.requested
  elif $event.event == "return.rejected" or $event.event == "return.expired" then $say.cancelled
  elif $event.event == "return.receiving.created" then
    [
      $return.receivings[]
      | {
          type: "receipt.created", receiptId: .id, rma: $return.rma_number, warehouse: $return.warehouse,
          occurredAt: .received_at,
          lines: [.items | to_entries[]
            | {lineId: (.key + 1 | tostring), sku: .value.sku, qty: (.value.quantity | tostring), uom: "EA"}]
        },
        {
          type: "inspection.finalized", inspectionId: .id, receiptId: .id, rma: $return.rma_number,
          warehouse: $return.warehouse, occurredAt: .received_at,
          lines: [.items | to_entries[]
            | {
                receiptLineId: (.key + 1 | tostring), sku: .value.sku, qty: (.value.quantity | tostring), uom: "EA",
                result: .value.grade, condition: .value.grade, grade: .value.grade
              }]
        }
    ]
  else null end
