-- Pictures that stand for :shortcode: in texts, and the emoji that somebody reacted with.

-- domain is the server whose people write it, empty for our own. updated_at is the picture's age by that server's word, 0
-- without one. Remote ones have a remote_url and get a file when first seen.
CREATE TABLE custom_emojis (
    id           INTEGER PRIMARY KEY,
    shortcode    TEXT NOT NULL,
    domain       TEXT NOT NULL DEFAULT '',
    uri          TEXT,
    remote_url   TEXT,
    file_key     TEXT,
    content_type TEXT NOT NULL DEFAULT '',
    category     TEXT,
    visible      BOOLEAN NOT NULL DEFAULT TRUE,
    updated_at   BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX custom_emojis_name ON custom_emojis (domain, shortcode);
CREATE INDEX custom_emojis_file ON custom_emojis (file_key);

-- A like that is an emoji, each under the id of its activity; the like itself is counted in favourites.
CREATE TABLE reactions (
    uri        TEXT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id  BIGINT NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    content    TEXT NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX reactions_choice ON reactions (status_id, account_id, content);
CREATE INDEX reactions_account ON reactions (account_id);
