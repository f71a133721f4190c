# "Return Update" of a warehouse system of the ShipHero kind -> `snapshot` (Backhaul WMS JSON). It comes at every change, and
# its numbers are those since the beginning: read as an addition, goods would be received twice.
if .webhook_type != "Return Update" then null
else {
  type: "snapshot",
  rma: .return_id,
  warehouse: .warehouse,
  updatedAt: .updated_at,
  lines: [
    .items[]
    | {
        sku,
        uom: "EA",
        received: (.quantity_received | tostring),
        restocked: (.restock | tostring)
      }
  ]
}
end
