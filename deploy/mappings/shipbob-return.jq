# A return order of a fulfilment service of the ShipBob kind -> `snapshot` (Backhaul WMS JSON). It names goods by its own
# inventory ids, each once, and tells what was done with them so far: the table `codes.sku` says which article that is.
def total($actions; $action): [$actions[]? | select($action == null or .action == $action) | .quantity] | add // 0;
if .status == "Cancelled" or .status == "Rejected" then null
else {
  type: "snapshot",
  rma: .reference_id,
  warehouse: .fulfillment_center,
  updatedAt: .last_update_at,
  lines: [
    .inventory[]
    | {
        sku: (.id | tostring),
        uom: "EA",
        received: (total(.action_taken; null) | tostring),
        restocked: (total(.action_taken; "Restock") | tostring),
        scrapped: (total(.action_taken; "Dispose") | tostring)
      }
  ]
}
end
