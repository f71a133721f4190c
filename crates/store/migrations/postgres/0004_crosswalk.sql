-- Codes of partners and ours, governed: drafted by one person, approved by another, published as a version of their list.
-- Every change counts the revision; a publication has a number of its own over all lists.
CREATE TABLE crosswalk_head (
    id          BIGINT PRIMARY KEY CHECK (id = 1),
    revision    BIGINT NOT NULL,
    publication BIGINT NOT NULL
);
INSERT INTO crosswalk_head (id, revision, publication) VALUES (1, 0, 0);

CREATE TABLE crosswalk (
    number         BIGINT PRIMARY KEY,
    list           TEXT    NOT NULL,
    system         TEXT    NOT NULL,
    direction      TEXT    NOT NULL,
    source_code    TEXT    NOT NULL,
    canonical_code TEXT    NOT NULL,
    effective_from BIGINT NOT NULL,
    effective_to   BIGINT,
    status         TEXT    NOT NULL,
    owner          TEXT    NOT NULL,
    drafted_by     TEXT    NOT NULL,
    drafted_at     BIGINT NOT NULL,
    approved_by    TEXT    NOT NULL,
    version        BIGINT NOT NULL,
    publication    BIGINT NOT NULL,
    replaces       BIGINT NOT NULL,
    retire_by      TEXT    NOT NULL,
    retire_at      BIGINT
);
-- What the writer checks for whole intervals, once more for their beginnings.
CREATE UNIQUE INDEX crosswalk_in_force ON crosswalk (list, system, direction, source_code, effective_from)
    WHERE status = 'APPROVED';

-- The codes that an exception waits for, JSON; empty for all others.
ALTER TABLE exceptions ADD COLUMN missing TEXT NOT NULL DEFAULT '';
CREATE INDEX exceptions_missing ON exceptions (exception_id) WHERE missing <> '' AND state = 'OPEN';
