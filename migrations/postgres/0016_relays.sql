-- Relays: servers that pass public posts on to others.
CREATE TABLE relays (
    id          BIGINT NOT NULL PRIMARY KEY,
    -- As it was given: the address of an inbox, or of an actor.
    url         TEXT COLLATE "C" NOT NULL UNIQUE,
    style       TEXT COLLATE "C" NOT NULL,
    inbox       TEXT COLLATE "C" NOT NULL,
    -- Who speaks for it, as far as that is known.
    actor_uri   TEXT COLLATE "C",
    follow_uri  TEXT COLLATE "C" NOT NULL UNIQUE,
    state       TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL,
    answered_at BIGINT
);
CREATE INDEX relays_actor ON relays (actor_uri);
