-- Servers of actors, accounts that move, reports.

-- The server of a remote account's actor, with its port: it need not be the domain of the handle.
ALTER TABLE accounts ADD COLUMN actor_host TEXT COLLATE "C";
UPDATE accounts SET actor_host = split_part(split_part(uri, '://', 2), '/', 1)
    WHERE local = FALSE;
CREATE INDEX accounts_actor_host ON accounts (actor_host);

-- Other actors that are the same person, by the account's own word.
CREATE TABLE account_aliases (
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    uri        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, uri)
);

-- Where an account lives now. Without a target it is at home again; when it last moved still counts.
CREATE TABLE account_moves (
    account_id BIGINT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    target_id  BIGINT REFERENCES accounts (id) ON DELETE SET NULL,
    moved_at   BIGINT NOT NULL
);
CREATE INDEX account_moves_target ON account_moves (target_id);

-- The Accept that a follow of ours was let in with, so that it can be taken back by its id.
CREATE TABLE follow_accepts (
    uri       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    follow_id BIGINT NOT NULL REFERENCES follows (id) ON DELETE CASCADE
);
CREATE INDEX follow_accepts_follow ON follow_accepts (follow_id);

CREATE TABLE reports (
    id          BIGINT NOT NULL PRIMARY KEY,
    uri         TEXT COLLATE "C" NOT NULL UNIQUE,
    account_id  BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id   BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    category    TEXT COLLATE "C" NOT NULL,
    comment     TEXT COLLATE "C" NOT NULL,
    -- JSON, a list of ids of the instance's rules.
    rule_ids    TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    forwarded   BOOLEAN NOT NULL DEFAULT FALSE,
    created_at  BIGINT NOT NULL,
    resolved_at BIGINT
);
CREATE INDEX reports_account ON reports (account_id, created_at);
CREATE INDEX reports_target ON reports (target_id);
CREATE INDEX reports_open ON reports (id) WHERE resolved_at IS NULL;

-- What is reported; it stays when the status goes.
CREATE TABLE report_statuses (
    report_id BIGINT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    status_id BIGINT NOT NULL,
    uri       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (report_id, status_id)
);

ALTER TABLE domain_rules ADD COLUMN reject_reports BOOLEAN NOT NULL DEFAULT FALSE;
