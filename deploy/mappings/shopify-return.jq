# A return as a shop of the Shopify kind tells it, fetched whole after its notification -> requests, receipts, findings and
# dispositions (Backhaul WMS JSON). Its change events name no line: so the document is fetched (semantics = "notify").
# A disposition has a type, a quantity and, for goods put back, a location: what is disposed of was received and looked at.
.return as $return
| ($return.status) as $status
| [
    (
      if $status == "DECLINED" then empty
      elif $status == "CANCELED" then {
        type: "return.cancelled",
        requestId: $return.id,
        rma: $return.name,
        occurredAt: $return.updatedAt,
        requestedBy: "shop",
        reason: "cancelled in the shop"
      }
      else {
        type: "return.requested",
        requestId: $return.id,
        rma: $return.name,
        requestedAt: $return.createdAt,
        legalEntity: "US01",
        returnType: "PHYSICAL",
        channel: "shop",
        segment: "consumer",
        customer: $return.order.customer.id,
        currency: $return.order.currency,
        returnTo: $return.location,
        requestedBy: $return.order.customer.id,
        lines: [
          $return.returnLineItems | to_entries[]
          | {
              line: (.key + 1),
              lineId: .value.id,
              sku: .value.sku,
              qty: (.value.quantity | tostring),
              uom: "EA",
              reason: .value.returnReason,
              note: .value.customerNote,
              order: {number: $return.order.name, line: .value.orderLine}
            }
        ]
      }
      end
    ),
    (
      $return.reverseFulfillmentOrders[]?
      | .lineItems[]
      | . as $item
      | .dispositions[]
      | . as $disposition
      | (.location // $return.location) as $warehouse
      | {sku: $item.sku, qty: (.quantity | tostring), uom: "EA"} as $goods
      | (
          if .type == "MISSING" then empty
          else
            {
              type: "receipt.created", receiptId: .id, rma: $return.name, warehouse: $warehouse,
              occurredAt: .at, lines: [$goods + {lineId: "1"}]
            },
            {
              type: "inspection.finalized", inspectionId: .id, receiptId: .id, rma: $return.name,
              warehouse: $warehouse, occurredAt: .at,
              lines: [$goods + {receiptLineId: "1", result: .type, condition: .type}]
            },
            {
              type: "disposition.decided", dispositionId: .id, inspectionId: .id, rma: $return.name,
              warehouse: $warehouse, occurredAt: .at, lines: [$goods + {lineId: "1", action: .type}]
            }
          end
        )
    )
  ]
