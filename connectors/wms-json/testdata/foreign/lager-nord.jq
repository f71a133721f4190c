# "Wareneingang" and "Pruefung" of Lager Nord, several documents in a message; all else says nothing to us.
def instant: .[0:4] + "-" + .[4:6] + "-" + .[6:8] + "T" + .[8:10] + ":" + .[10:12] + ":" + .[12:14] + "Z";
def head($kind): {
  type: $kind,
  warehouse: .Lager,
  rma: (.Retoure | ltrimstr("RET/")),
  occurredAt: (.Zeitpunkt | instant)
};
def goods: {sku: .Artikel, qty: .Menge, uom: .ME, line: .Pos};

.Belege[]
| if .Art == "Wareneingang" then
    head("receipt.created") + {
      receiptId: .Beleg,
      lines: [.Positionen[] | goods + {condition: .Zustand, serials: [(.Seriennummern // "") | split(";")[] | select(. != "")]}]
    }
  elif .Art == "Pruefung" then
    head("inspection.finalized") + {
      inspectionId: .Beleg,
      lines: [.Positionen[] | goods + {condition: .Zustand, result: .Gut}]
    },
    head("disposition.decided") + {
      dispositionId: (.Beleg + "-V"),
      inspectionId: .Beleg,
      lines: [.Positionen[] | goods + {action: .Verwendung}]
    }
  else empty
  end
