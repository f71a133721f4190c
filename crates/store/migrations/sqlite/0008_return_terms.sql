-- What returns are looked for by: order, invoice, item, serial number, document and so on. Those that were there before this
-- table are taken from their states.
CREATE TABLE return_terms (
    kind      TEXT NOT NULL,
    value     TEXT NOT NULL,
    return_id TEXT NOT NULL,
    PRIMARY KEY (kind, value, return_id)
) WITHOUT ROWID, STRICT;

INSERT OR IGNORE INTO return_terms (kind, value, return_id)
SELECT 'rma', rma_number, return_id FROM returns WHERE rma_number <> ''
UNION ALL
SELECT 'customer', customer, return_id FROM returns WHERE customer <> ''
UNION ALL
SELECT 'channel', json_extract(state, '$.header.channel'), return_id FROM returns
WHERE json_extract(state, '$.header.channel') <> '';

INSERT OR IGNORE INTO return_terms (kind, value, return_id)
SELECT t.kind, t.value, t.return_id FROM (
    SELECT 'order' AS kind, json_extract(l.value, '$.line.order_ref.order') AS value, r.return_id
    FROM returns r, json_each(r.state, '$.lines') l
    UNION ALL
    SELECT 'invoice', json_extract(l.value, '$.line.invoice_ref.document'), r.return_id
    FROM returns r, json_each(r.state, '$.lines') l
    UNION ALL
    SELECT 'item', json_extract(l.value, '$.line.sku'), r.return_id
    FROM returns r, json_each(r.state, '$.lines') l
    UNION ALL
    SELECT 'item', json_extract(l.value, '$.line.gtin'), r.return_id
    FROM returns r, json_each(r.state, '$.lines') l
    UNION ALL
    SELECT 'item', json_extract(l.value, '$.line.customer_sku'), r.return_id
    FROM returns r, json_each(r.state, '$.lines') l
    UNION ALL
    SELECT 'serial', s.value, r.return_id
    FROM returns r, json_each(r.state, '$.lines') l, json_each(l.value, '$.line.expected_serials') s
    UNION ALL
    SELECT 'serial', s.value, r.return_id
    FROM returns r, json_each(r.state, '$.receipts') c, json_each(c.value, '$.lines') l, json_each(l.value, '$.serials') s
    UNION ALL
    SELECT 'document', json_extract(e.value, '$.document_no'), r.return_id
    FROM returns r, json_each(r.state, '$.effects') e
) t WHERE t.value <> '' AND length(CAST(t.value AS BLOB)) <= 256;

-- Effects that wait for somebody, by their return.
CREATE INDEX effects_stuck ON effects (return_id) WHERE state IN ('REJECTED', 'AMBIGUOUS', 'PARKED');
