-- What connectors remember: control numbers that were given, and notes by space and key.

CREATE TABLE numbers (
    series TEXT    NOT NULL,
    key    TEXT    NOT NULL,
    value  INTEGER NOT NULL,
    PRIMARY KEY (series, key)
) WITHOUT ROWID, STRICT;

CREATE TABLE notes (
    owner TEXT NOT NULL,
    space TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, space, key)
) WITHOUT ROWID, STRICT;
