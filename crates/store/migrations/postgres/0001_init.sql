-- Instants are microseconds since 1970 UTC; documents are JSON text, kept as they were written; states are words.
-- What is looked up or ordered by compares byte by byte, whatever the language of the database.

-- One row: the end of the audit chain. Locked by whoever appends, as late as possible.
CREATE TABLE head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL
) WITH (fillfactor = 10);
INSERT INTO head (id, seq, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));

-- Numbers of commits, handed out in blocks of 256 to each process.
CREATE SEQUENCE outbox_batch START 256 INCREMENT 256;

CREATE TABLE inbox (
    key BYTEA PRIMARY KEY,
    content BIGINT NOT NULL
);

CREATE TABLE returns (
    n BIGINT GENERATED ALWAYS AS IDENTITY,
    return_id TEXT COLLATE "C" PRIMARY KEY,
    version BIGINT NOT NULL,
    rma_number TEXT NOT NULL,
    entity TEXT NOT NULL,
    site TEXT NOT NULL,
    customer TEXT NOT NULL,
    lifecycle TEXT COLLATE "C" NOT NULL,
    business_code TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX returns_updated_at ON returns (updated_at);
CREATE INDEX returns_counts ON returns (lifecycle, business_code);

CREATE TABLE refs (
    space TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    return_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (space, value)
);

-- Intervals of one line never overlap: writers check under an advisory lock on the line.
CREATE TABLE claims (
    invoice_line TEXT COLLATE "C" NOT NULL,
    from_unit BIGINT NOT NULL,
    to_unit BIGINT NOT NULL,
    return_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (invoice_line, from_unit),
    CHECK (from_unit < to_unit)
);

CREATE TABLE effects (
    n BIGINT GENERATED ALWAYS AS IDENTITY,
    effect_key TEXT COLLATE "C" PRIMARY KEY,
    return_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    connector TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    command TEXT NOT NULL,
    amount_minor BIGINT,
    currency TEXT,
    correlation_id TEXT NOT NULL,
    traceparent TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    misses BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    owner TEXT NOT NULL,
    lease_until BIGINT,
    not_before BIGINT,
    last_sent_at BIGINT,
    failure_code TEXT NOT NULL,
    failure_text TEXT NOT NULL,
    document TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX effects_return_id ON effects (return_id);
CREATE INDEX effects_counts ON effects (connector, state);
-- What ought to be moving, by when.
CREATE INDEX effects_moving ON effects ((coalesce(lease_until, not_before, updated_at)))
    WHERE state IN ('READY', 'UNKNOWN', 'IN_FLIGHT');

CREATE TABLE attempts (
    effect_key TEXT COLLATE "C" NOT NULL,
    fence BIGINT NOT NULL,
    what TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    ended_at BIGINT,
    class TEXT NOT NULL,
    failure_code TEXT NOT NULL,
    failure_text TEXT NOT NULL,
    PRIMARY KEY (effect_key, fence)
);

CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    correlation_id TEXT NOT NULL,
    after_hash TEXT NOT NULL,
    prev_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX audit_subject ON audit (subject, seq);

-- Short-lived rows: cleaned up often, so that reading it stays short.
CREATE TABLE outbox (
    batch BIGINT NOT NULL,
    n BIGINT NOT NULL,
    at BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    destination TEXT NOT NULL,
    content_type TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (batch, n)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

CREATE TABLE exceptions (
    exception_id TEXT COLLATE "C" PRIMARY KEY,
    fingerprint TEXT COLLATE "C" NOT NULL,
    code TEXT NOT NULL,
    failure_code TEXT NOT NULL,
    stage TEXT NOT NULL,
    connector TEXT COLLATE "C" NOT NULL,
    site TEXT NOT NULL,
    customer TEXT NOT NULL,
    return_id TEXT COLLATE "C" NOT NULL,
    effect_key TEXT COLLATE "C" NOT NULL,
    reason TEXT NOT NULL,
    place TEXT NOT NULL,
    amount_minor BIGINT,
    currency TEXT,
    state TEXT COLLATE "C" NOT NULL,
    occurrences BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    resolution TEXT NOT NULL,
    origin TEXT NOT NULL,
    raw BYTEA NOT NULL
);
CREATE UNIQUE INDEX exceptions_open ON exceptions (fingerprint) WHERE state = 'OPEN';
CREATE INDEX exceptions_updated_at ON exceptions (updated_at);
CREATE INDEX exceptions_return_id ON exceptions (return_id) WHERE return_id <> '';

CREATE TABLE timers (
    key TEXT COLLATE "C" PRIMARY KEY,
    return_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    due_at BIGINT NOT NULL
);
CREATE INDEX timers_due_at ON timers (due_at);

CREATE TABLE parked (
    n BIGINT GENERATED ALWAYS AS IDENTITY,
    key TEXT COLLATE "C" PRIMARY KEY,
    space TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    deadline BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    destination TEXT NOT NULL,
    content_type TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX parked_reference ON parked (space, value);
CREATE INDEX parked_deadline ON parked (deadline);

CREATE TABLE counters (
    counter TEXT COLLATE "C" PRIMARY KEY,
    value BIGINT NOT NULL
);
