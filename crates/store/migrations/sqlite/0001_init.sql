-- Instants are microseconds since 1970 UTC; documents are JSON text; states are words.
-- Few indices, and local ones: each page that a commit touches is written to the log.

-- One row: the end of the audit chain, and the number of the last commit that wrote to the outbox.
CREATE TABLE head (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    seq   INTEGER NOT NULL,
    hash  BLOB    NOT NULL,
    batch INTEGER NOT NULL
) STRICT;
INSERT INTO head (id, seq, hash, batch) VALUES (1, 0, zeroblob(32), 0);

CREATE TABLE inbox (
    key     BLOB    PRIMARY KEY,
    content INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE returns (
    n             INTEGER PRIMARY KEY,
    return_id     TEXT    NOT NULL UNIQUE,
    version       INTEGER NOT NULL,
    rma_number    TEXT    NOT NULL,
    entity        TEXT    NOT NULL,
    site          TEXT    NOT NULL,
    customer      TEXT    NOT NULL,
    lifecycle     TEXT    NOT NULL,
    business_code TEXT    NOT NULL,
    updated_at    INTEGER NOT NULL,
    state         TEXT    NOT NULL
) STRICT;
CREATE INDEX returns_updated_at ON returns (updated_at);
CREATE INDEX returns_counts ON returns (lifecycle, business_code);

CREATE TABLE refs (
    space     TEXT NOT NULL,
    value     TEXT NOT NULL,
    return_id TEXT NOT NULL,
    PRIMARY KEY (space, value)
) WITHOUT ROWID, STRICT;

-- Intervals of one line never overlap: checked by the writer, which is alone in its transaction.
CREATE TABLE claims (
    invoice_line TEXT    NOT NULL,
    from_unit    INTEGER NOT NULL,
    to_unit      INTEGER NOT NULL,
    return_id    TEXT    NOT NULL,
    PRIMARY KEY (invoice_line, from_unit),
    CHECK (from_unit < to_unit)
) WITHOUT ROWID, STRICT;

CREATE TABLE effects (
    n              INTEGER PRIMARY KEY,
    effect_key     TEXT    NOT NULL UNIQUE,
    return_id      TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    connector      TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    command        TEXT    NOT NULL,
    amount_minor   INTEGER,
    currency       TEXT,
    correlation_id TEXT    NOT NULL,
    traceparent    TEXT    NOT NULL,
    attempts       INTEGER NOT NULL,
    tries          INTEGER NOT NULL,
    misses         INTEGER NOT NULL,
    fence          INTEGER NOT NULL,
    owner          TEXT    NOT NULL,
    lease_until    INTEGER,
    not_before     INTEGER,
    last_sent_at   INTEGER,
    failure_code   TEXT    NOT NULL,
    failure_text   TEXT    NOT NULL,
    document       TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX effects_return_id ON effects (return_id);
CREATE INDEX effects_counts ON effects (connector, state);
-- What ought to be moving, by when.
CREATE INDEX effects_moving ON effects (coalesce(lease_until, not_before, updated_at))
    WHERE state IN ('READY', 'UNKNOWN', 'IN_FLIGHT');

CREATE TABLE attempts (
    effect_key   TEXT    NOT NULL,
    fence        INTEGER NOT NULL,
    what         TEXT    NOT NULL,
    begun_at     INTEGER NOT NULL,
    ended_at     INTEGER,
    class        TEXT    NOT NULL,
    failure_code TEXT    NOT NULL,
    failure_text TEXT    NOT NULL,
    PRIMARY KEY (effect_key, fence)
) WITHOUT ROWID, STRICT;

CREATE TABLE audit (
    seq            INTEGER PRIMARY KEY,
    at             INTEGER NOT NULL,
    actor          TEXT    NOT NULL,
    action         TEXT    NOT NULL,
    subject        TEXT    NOT NULL,
    correlation_id TEXT    NOT NULL,
    after_hash     TEXT    NOT NULL,
    prev_hash      BLOB    NOT NULL,
    hash           BLOB    NOT NULL,
    body           TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_subject ON audit (subject);

-- id = batch * 2^20 + n. A plain integer key keeps the rows in order of writing, lets pages hold several messages,
-- and makes forgetting a batch a range that is bounded on both sides.
CREATE TABLE outbox (
    id           INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    message_id   TEXT    NOT NULL,
    destination  TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    headers      TEXT    NOT NULL,
    body         BLOB    NOT NULL
) STRICT;

CREATE TABLE exceptions (
    exception_id TEXT    PRIMARY KEY,
    fingerprint  TEXT    NOT NULL,
    code         TEXT    NOT NULL,
    failure_code TEXT    NOT NULL,
    stage        TEXT    NOT NULL,
    connector    TEXT    NOT NULL,
    site         TEXT    NOT NULL,
    customer     TEXT    NOT NULL,
    return_id    TEXT    NOT NULL,
    effect_key   TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    place        TEXT    NOT NULL,
    amount_minor INTEGER,
    currency     TEXT,
    state        TEXT    NOT NULL,
    occurrences  INTEGER NOT NULL,
    opened_at    INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    resolution   TEXT    NOT NULL,
    origin       TEXT    NOT NULL,
    raw          BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX exceptions_open ON exceptions (fingerprint) WHERE state = 'OPEN';
CREATE INDEX exceptions_updated_at ON exceptions (updated_at);
CREATE INDEX exceptions_return_id ON exceptions (return_id) WHERE return_id <> '';

CREATE TABLE timers (
    key       TEXT    PRIMARY KEY,
    return_id TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    due_at    INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX timers_due_at ON timers (due_at);

CREATE TABLE parked (
    n            INTEGER PRIMARY KEY,
    key          TEXT    NOT NULL UNIQUE,
    space        TEXT    NOT NULL,
    value        TEXT    NOT NULL,
    deadline     INTEGER NOT NULL,
    message_id   TEXT    NOT NULL,
    destination  TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    headers      TEXT    NOT NULL,
    body         BLOB    NOT NULL
) STRICT;
CREATE INDEX parked_reference ON parked (space, value);
CREATE INDEX parked_deadline ON parked (deadline);

CREATE TABLE counters (
    counter TEXT    PRIMARY KEY,
    value   INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
