-- What those who run the instance decide about accounts and other servers.

ALTER TABLE accounts ADD COLUMN hide_collections BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE accounts ADD COLUMN silenced_at BIGINT;
-- Why: `account` (decided about this one), `domain` (about its whole server), `origin` (its own server says so) or `waiting`
-- (its person waits to be let in).
ALTER TABLE accounts ADD COLUMN suspended_by TEXT COLLATE "C";
ALTER TABLE accounts ADD COLUMN silenced_by TEXT COLLATE "C";
CREATE INDEX accounts_shared_inbox ON accounts (shared_inbox_url) WHERE shared_inbox_url IS NOT NULL;
CREATE INDEX accounts_own_inbox ON accounts (inbox_url) WHERE shared_inbox_url IS NULL;

-- What somebody wrote when they asked to join.
ALTER TABLE users ADD COLUMN reason TEXT COLLATE "C";

CREATE TABLE domain_rules (
    domain          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    severity        TEXT COLLATE "C" NOT NULL,
    reject_media    BOOLEAN NOT NULL DEFAULT FALSE,
    public_comment  TEXT COLLATE "C",
    private_comment TEXT COLLATE "C",
    created_at      BIGINT NOT NULL
);

-- Two accounts of one server may claim to have deleted the same thing: each is believed for itself.
ALTER TABLE tombstones RENAME TO tombstones_before;
DROP INDEX tombstones_age;
CREATE TABLE tombstones (
    uri        TEXT COLLATE "C" NOT NULL,
    account_id BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (uri, account_id)
);
INSERT INTO tombstones (uri, account_id, deleted_at) SELECT uri, COALESCE(account_id, 0), deleted_at FROM tombstones_before;
DROP TABLE tombstones_before;
CREATE INDEX tombstones_age ON tombstones (deleted_at);

-- Who waits to be let in isn't there yet for others.
UPDATE accounts SET suspended_at = created_at, suspended_by = 'waiting'
    WHERE suspended_at IS NULL AND id IN (SELECT account_id FROM users WHERE approved = FALSE);
