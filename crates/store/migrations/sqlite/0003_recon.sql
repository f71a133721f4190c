-- The daily proof. Runs and items are written once; a signature is a row of its own.

CREATE TABLE recon_runs (
    run_id        TEXT    PRIMARY KEY,
    entity        TEXT    NOT NULL,
    business_date TEXT    NOT NULL,
    started_at    INTEGER NOT NULL,
    ran_by        TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    report        TEXT    NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX recon_runs_day ON recon_runs (entity, business_date);

CREATE TABLE recon_items (
    run_id     TEXT    NOT NULL,
    n          INTEGER NOT NULL,
    item_key   TEXT    NOT NULL,
    matched    TEXT    NOT NULL,
    class      TEXT    NOT NULL,
    return_id  TEXT    NOT NULL,
    effect_key TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    PRIMARY KEY (run_id, n)
) WITHOUT ROWID, STRICT;

CREATE TABLE recon_sign_offs (
    run_id    TEXT    PRIMARY KEY,
    signed_by TEXT    NOT NULL,
    signed_at INTEGER NOT NULL,
    note      TEXT    NOT NULL
) WITHOUT ROWID, STRICT;

-- How often something happened, by day (UTC).
CREATE TABLE tallies (
    day       TEXT NOT NULL,
    what      TEXT NOT NULL,
    connector TEXT NOT NULL,
    count     INTEGER NOT NULL,
    PRIMARY KEY (day, what, connector)
) WITHOUT ROWID, STRICT;
