-- Runs that give many exceptions back to the flow: a few first, then the rest at a pace. The body is JSON; the revision counts
-- changes, so that of several sidecars and people one changes a run at a time.
CREATE TABLE replay_runs (
    run_id     TEXT    PRIMARY KEY,
    body       TEXT    NOT NULL,
    is_active  INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX replay_runs_active ON replay_runs (run_id) WHERE is_active;
