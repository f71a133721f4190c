-- Credits as other returns see them: what a customer was credited on an invoice, over all returns.

CREATE TABLE credits (
    return_id    TEXT    NOT NULL,
    calc_version INTEGER NOT NULL,
    invoice      TEXT    NOT NULL,
    entity       TEXT    NOT NULL,
    customer     TEXT    NOT NULL,
    basis        TEXT    NOT NULL,
    gross_minor  INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    state        TEXT    NOT NULL,
    PRIMARY KEY (return_id, calc_version, invoice)
) WITHOUT ROWID, STRICT;
CREATE INDEX credits_invoice ON credits (customer, invoice, at);
CREATE INDEX credits_no_receipt ON credits (entity, customer, at) WHERE basis = 'CREDIT_ONLY';

-- Approvals by their id. Those that were open before this table have a timer each.
CREATE TABLE approvals (
    approval_id TEXT    PRIMARY KEY,
    return_id   TEXT    NOT NULL,
    is_open     INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX approvals_open ON approvals (return_id) WHERE is_open = 1;
INSERT OR IGNORE INTO approvals (approval_id, return_id, is_open)
    SELECT substr(kind, 14), return_id, 1 FROM timers WHERE substr(kind, 1, 13) = 'APPROVAL_SLA/';
