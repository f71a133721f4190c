-- Codes of partners and ours, governed: drafted by one person, approved by another, published as a version of their list.
-- Every change counts the revision; a publication has a number of its own over all lists.
CREATE TABLE crosswalk_head (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    revision    INTEGER NOT NULL,
    publication INTEGER NOT NULL
) STRICT;
INSERT INTO crosswalk_head (id, revision, publication) VALUES (1, 0, 0);

CREATE TABLE crosswalk (
    number         INTEGER PRIMARY KEY,
    list           TEXT    NOT NULL,
    system         TEXT    NOT NULL,
    direction      TEXT    NOT NULL,
    source_code    TEXT    NOT NULL,
    canonical_code TEXT    NOT NULL,
    effective_from INTEGER NOT NULL,
    effective_to   INTEGER,
    status         TEXT    NOT NULL,
    owner          TEXT    NOT NULL,
    drafted_by     TEXT    NOT NULL,
    drafted_at     INTEGER NOT NULL,
    approved_by    TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    publication    INTEGER NOT NULL,
    replaces       INTEGER NOT NULL,
    retire_by      TEXT    NOT NULL,
    retire_at      INTEGER
) STRICT;
-- What the writer checks for whole intervals, once more for their beginnings.
CREATE UNIQUE INDEX crosswalk_in_force ON crosswalk (list, system, direction, source_code, effective_from)
    WHERE status = 'APPROVED';

-- The codes that an exception waits for, JSON; empty for all others.
ALTER TABLE exceptions ADD COLUMN missing TEXT NOT NULL DEFAULT '';
CREATE INDEX exceptions_missing ON exceptions (exception_id) WHERE missing <> '' AND state = 'OPEN';
