-- Follows, asked for (pending) and accepted. uri is the Follow activity's own id.
CREATE TABLE follows (
    id           INTEGER PRIMARY KEY,
    follower_id  BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id    BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    uri          TEXT NOT NULL UNIQUE,
    state        TEXT NOT NULL,
    show_reblogs BOOLEAN NOT NULL DEFAULT TRUE,
    notify       BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX follows_pair ON follows (follower_id, target_id);
CREATE INDEX follows_target ON follows (target_id, id);
-- For fan-outs, which walk the followers in batches.
CREATE INDEX follows_audience ON follows (target_id, follower_id);
CREATE INDEX follows_follower ON follows (follower_id, id);
