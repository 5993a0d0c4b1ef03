-- Activities that this instance sends, as they go out.
CREATE TABLE activities (
    id         INTEGER PRIMARY KEY,
    uri        TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    object_uri TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX activities_account ON activities (account_id);
CREATE INDEX activities_age ON activities (created_at);

-- One activity on its way to one inbox. Gone when delivered, kept as dead when given up.
CREATE TABLE deliveries (
    id          INTEGER PRIMARY KEY,
    activity_id BIGINT NOT NULL REFERENCES activities (id) ON DELETE CASCADE,
    inbox       TEXT NOT NULL,
    host        TEXT NOT NULL,
    object_uri  TEXT NOT NULL,
    state       TEXT NOT NULL,
    attempts    BIGINT NOT NULL DEFAULT 0,
    next_at     BIGINT NOT NULL,
    last_error  TEXT,
    created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX deliveries_once ON deliveries (activity_id, inbox);
CREATE INDEX deliveries_due ON deliveries (host, id) WHERE state = 'pending';
CREATE INDEX deliveries_order ON deliveries (host, inbox, object_uri, id) WHERE state = 'pending';

-- What this instance remembers of another: failures in a row, when it may be tried again.
CREATE TABLE hosts (
    host            TEXT NOT NULL PRIMARY KEY,
    failures        BIGINT NOT NULL DEFAULT 0,
    retry_at        BIGINT NOT NULL DEFAULT 0,
    last_error      TEXT,
    last_success_at BIGINT,
    last_failure_at BIGINT
) WITHOUT ROWID;

-- Activities that this instance received: applied once, remembered for a week. body only while one waits.
CREATE TABLE received_activities (
    id          INTEGER PRIMARY KEY,
    uri         TEXT NOT NULL UNIQUE,
    actor_uri   TEXT NOT NULL,
    body        TEXT,
    state       TEXT NOT NULL,
    reason      TEXT,
    received_at BIGINT NOT NULL
);
CREATE INDEX received_age ON received_activities (received_at);
