# Webhooks of a returns portal of the Loop kind -> `return.requested`, `return.cancelled`, and for each line that is graded its
# receipt, finding and disposition (Backhaul WMS JSON). Each webhook carries the whole return; grade and disposition stand
# at the line.
. as $return
| [
    (
      if .state == "cancelled" then {
        type: "return.cancelled", requestId: .id, rma: .name, occurredAt: .updated_at,
        requestedBy: "portal", reason: "cancelled in the portal"
      }
      else {
        type: "return.requested",
        requestId: .id,
        rma: .name,
        requestedAt: .created_at,
        legalEntity: "US01",
        returnType: "PHYSICAL",
        channel: "portal",
        segment: "consumer",
        customer: .customer,
        currency: .currency,
        returnTo: .destination,
        requestedBy: .customer,
        lines: [
          .line_items | to_entries[]
          | {
              line: (.key + 1), lineId: .value.line_item_id, sku: .value.sku, qty: "1", uom: "EA",
              reason: .value.reason, order: {number: $return.order_name, line: .value.line_item_id}
            }
        ]
      }
      end
    ),
    (
      .line_items[]
      | select(.graded_at != null)
      | {sku, qty: "1", uom: "EA"} as $goods
      | {rma: $return.name, warehouse: $return.destination, occurredAt: .graded_at} as $fact
      | ($fact + {type: "receipt.created", receiptId: .line_item_id, lines: [$goods + {lineId: "1"}]}),
        ($fact + {
          type: "inspection.finalized", inspectionId: .line_item_id, receiptId: .line_item_id,
          lines: [$goods + {receiptLineId: "1", result: .grade, condition: .grade, grade}]
        }),
        ($fact + {
          type: "disposition.decided", dispositionId: .line_item_id, inspectionId: .line_item_id,
          lines: [$goods + {lineId: "1", action: .disposition}]
        })
    )
  ]
