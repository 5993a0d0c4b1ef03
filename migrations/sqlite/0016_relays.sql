-- Relays: servers that pass public posts on to others.
CREATE TABLE relays (
    id          INTEGER PRIMARY KEY,
    -- As it was given: the address of an inbox, or of an actor.
    url         TEXT NOT NULL UNIQUE,
    style       TEXT NOT NULL,
    inbox       TEXT NOT NULL,
    -- Who speaks for it, as far as that is known.
    actor_uri   TEXT,
    follow_uri  TEXT NOT NULL UNIQUE,
    state       TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    answered_at BIGINT
);
CREATE INDEX relays_actor ON relays (actor_uri);
