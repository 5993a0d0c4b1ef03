-- Polls of posts, local and remote, and who chose what.

-- A row is the poll of one post. voters_count is null where the author's server doesn't say. ended: those who took part were
-- told that it is over. told_at: when other servers hear, or heard last, of its numbers. fetched_at: when they last came.
CREATE TABLE polls (
    id           BIGINT NOT NULL PRIMARY KEY,
    status_id    BIGINT NOT NULL UNIQUE REFERENCES statuses (id) ON DELETE CASCADE,
    multiple     BOOLEAN NOT NULL,
    hide_totals  BOOLEAN NOT NULL DEFAULT FALSE,
    expires_at   BIGINT,
    voters_count BIGINT,
    ended        BOOLEAN NOT NULL DEFAULT FALSE,
    told_at      BIGINT NOT NULL DEFAULT 0,
    fetched_at   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX polls_expiry ON polls (expires_at) WHERE ended = FALSE AND expires_at IS NOT NULL;

CREATE TABLE poll_options (
    poll_id     BIGINT NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    position    BIGINT NOT NULL,
    title       TEXT COLLATE "C" NOT NULL,
    votes_count BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (poll_id, position)
);

-- One account's choice of one option. uri is the vote's own id.
CREATE TABLE poll_votes (
    id         BIGINT NOT NULL PRIMARY KEY,
    poll_id    BIGINT NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    position   BIGINT NOT NULL,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    uri        TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX poll_votes_choice ON poll_votes (poll_id, account_id, position);
CREATE INDEX poll_votes_account ON poll_votes (account_id);
