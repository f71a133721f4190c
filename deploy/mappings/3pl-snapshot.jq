# Snapshots of the third-party warehouse -> `snapshot` (Backhaul WMS JSON).
# `hold` and `return_to_vendor` have no counterpart there: such goods stay received and undecided until the warehouse
# restocks or scraps them, or somebody decides here.
{
  type: "snapshot",
  rma: .rma,
  warehouse: .warehouse,
  sequence: .version,
  updatedAt: .updated_at,
  lines: [
    .items[]
    | {
        line, sku, uom,
        received: (.quantity_received | tostring),
        restocked: (.restock | tostring),
        scrapped: (.scrap | tostring)
      }
  ]
}
