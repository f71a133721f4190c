-- People who sign in to the console by name and password. The password is an argon2id hash in the PHC format; scopes and roles
-- are JSON. The revision counts changes: sessions of an earlier one end.
CREATE TABLE users (
    name       TEXT    PRIMARY KEY,
    password   TEXT    NOT NULL,
    scopes     TEXT    NOT NULL,
    roles      TEXT    NOT NULL,
    person     TEXT    NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    revision   BIGINT  NOT NULL,
    changed_at BIGINT  NOT NULL
);
