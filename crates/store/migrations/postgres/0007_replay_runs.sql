-- Runs that give many exceptions back to the flow: a few first, then the rest at a pace. The body is JSON; the revision counts
-- changes, so that of several sidecars and people one changes a run at a time.
CREATE TABLE replay_runs (
    run_id     TEXT    PRIMARY KEY,
    body       TEXT    NOT NULL,
    is_active  BOOLEAN NOT NULL,
    revision   BIGINT  NOT NULL,
    started_at BIGINT  NOT NULL,
    changed_at BIGINT  NOT NULL
);
CREATE INDEX replay_runs_active ON replay_runs (run_id) WHERE is_active;
