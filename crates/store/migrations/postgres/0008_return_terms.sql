-- What returns are looked for by: order, invoice, item, serial number, document and so on. Those that were there before this
-- table are taken from their states.
CREATE TABLE return_terms (
    kind      TEXT NOT NULL,
    value     TEXT NOT NULL,
    return_id TEXT NOT NULL,
    PRIMARY KEY (kind, value, return_id)
);

INSERT INTO return_terms (kind, value, return_id)
WITH states AS (SELECT return_id, state::json AS state FROM returns),
     lines AS (SELECT s.return_id, l.value -> 'line' AS line
               FROM states s, json_array_elements(s.state -> 'lines') l),
     received AS (SELECT s.return_id, l.value AS line
                  FROM states s, json_array_elements(coalesce(s.state -> 'receipts', '[]')) c,
                       json_array_elements(coalesce(c.value -> 'lines', '[]')) l)
SELECT DISTINCT t.kind, t.value, t.return_id FROM (
    SELECT 'rma' AS kind, rma_number AS value, return_id FROM returns
    UNION ALL SELECT 'customer', customer, return_id FROM returns
    UNION ALL SELECT 'channel', state #>> '{header,channel}', return_id FROM states
    UNION ALL SELECT 'order', line #>> '{order_ref,order}', return_id FROM lines
    UNION ALL SELECT 'invoice', line #>> '{invoice_ref,document}', return_id FROM lines
    UNION ALL SELECT 'item', line ->> 'sku', return_id FROM lines
    UNION ALL SELECT 'item', line ->> 'gtin', return_id FROM lines
    UNION ALL SELECT 'item', line ->> 'customer_sku', return_id FROM lines
    UNION ALL SELECT 'serial', v.value, l.return_id
              FROM lines l, json_array_elements_text(coalesce(l.line -> 'expected_serials', '[]')) v
    UNION ALL SELECT 'serial', v.value, l.return_id
              FROM received l, json_array_elements_text(coalesce(l.line -> 'serials', '[]')) v
    UNION ALL SELECT 'document', e.value ->> 'document_no', s.return_id
              FROM states s, json_array_elements(coalesce(s.state -> 'effects', '[]')) e
) t WHERE t.value <> '' AND octet_length(t.value) <= 256;

-- Effects that wait for somebody, by their return.
CREATE INDEX effects_stuck ON effects (return_id) WHERE state IN ('REJECTED', 'AMBIGUOUS', 'PARKED');
