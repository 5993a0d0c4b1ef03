-- Home timelines, materialised: one row per local reader and status.
CREATE TABLE home_entries (
    account_id   BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id    BIGINT NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    author_id    BIGINT NOT NULL,
    reblog_of_id BIGINT,
    PRIMARY KEY (account_id, status_id)
);
CREATE INDEX home_entries_author ON home_entries (account_id, author_id);
CREATE INDEX home_entries_status ON home_entries (status_id);

CREATE TABLE notifications (
    id         BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind       TEXT COLLATE "C" NOT NULL,
    from_id    BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id  BIGINT REFERENCES statuses (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL
);
CREATE INDEX notifications_account ON notifications (account_id, id);
CREATE INDEX notifications_status ON notifications (status_id);
CREATE INDEX notifications_from ON notifications (from_id);
CREATE UNIQUE INDEX notifications_once ON notifications (account_id, kind, from_id, status_id);
-- Two nulls are not the same to the one above.
CREATE UNIQUE INDEX notifications_once_plain ON notifications (account_id, kind, from_id) WHERE status_id IS NULL;
