-- What connectors remember: control numbers that were given, and notes by space and key.
-- Keys are ordered by their bytes, as the embedded store orders them.

CREATE TABLE numbers (
    series TEXT   NOT NULL,
    key    TEXT   NOT NULL,
    value  BIGINT NOT NULL,
    PRIMARY KEY (series, key)
);

CREATE TABLE notes (
    owner TEXT             NOT NULL,
    space TEXT             NOT NULL,
    key   TEXT COLLATE "C" NOT NULL,
    value TEXT             NOT NULL,
    PRIMARY KEY (owner, space, key)
);
