-- Posts, comments (in_reply_to_id) and boosts (reblog_of_id), local and remote.
CREATE TABLE statuses (
    id                     INTEGER PRIMARY KEY,
    uri                    TEXT NOT NULL UNIQUE,
    url                    TEXT NOT NULL,
    account_id             BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    local                  BOOLEAN NOT NULL,
    visibility             TEXT NOT NULL,
    sensitive              BOOLEAN NOT NULL DEFAULT FALSE,
    spoiler_text           TEXT NOT NULL DEFAULT '',
    content                TEXT NOT NULL DEFAULT '',
    text                   TEXT NOT NULL DEFAULT '',
    language               TEXT,
    in_reply_to_id         BIGINT REFERENCES statuses (id) ON DELETE SET NULL,
    in_reply_to_account_id BIGINT REFERENCES accounts (id) ON DELETE SET NULL,
    in_reply_to_uri        TEXT,
    reblog_of_id           BIGINT REFERENCES statuses (id) ON DELETE CASCADE,
    app_id                 BIGINT REFERENCES oauth_apps (id) ON DELETE SET NULL,
    replies_count          BIGINT NOT NULL DEFAULT 0,
    reblogs_count          BIGINT NOT NULL DEFAULT 0,
    favourites_count       BIGINT NOT NULL DEFAULT 0,
    created_at             BIGINT NOT NULL,
    edited_at              BIGINT,
    version                BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX statuses_account ON statuses (account_id, id);
-- Partial, because most posts answer and boost nothing: nobody is to look those up by it.
CREATE INDEX statuses_replies ON statuses (in_reply_to_id, id) WHERE in_reply_to_id IS NOT NULL;
CREATE INDEX statuses_waiting ON statuses (in_reply_to_uri) WHERE in_reply_to_uri IS NOT NULL AND in_reply_to_id IS NULL;
CREATE UNIQUE INDEX statuses_reblog ON statuses (reblog_of_id, account_id) WHERE reblog_of_id IS NOT NULL;
CREATE INDEX statuses_reblogs ON statuses (reblog_of_id, id) WHERE reblog_of_id IS NOT NULL;
CREATE INDEX statuses_app ON statuses (app_id) WHERE app_id IS NOT NULL;
CREATE INDEX statuses_reply_account ON statuses (in_reply_to_account_id) WHERE in_reply_to_account_id IS NOT NULL;
CREATE INDEX statuses_public ON statuses (id) WHERE visibility = 'public' AND reblog_of_id IS NULL;
CREATE INDEX statuses_public_local ON statuses (id) WHERE visibility = 'public' AND reblog_of_id IS NULL AND local = TRUE;

-- Ids that were deleted here or elsewhere: they don't come back.
CREATE TABLE tombstones (
    uri        TEXT NOT NULL PRIMARY KEY,
    account_id BIGINT,
    deleted_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX tombstones_age ON tombstones (deleted_at);

-- Whom a status addresses by name.
CREATE TABLE mentions (
    status_id  BIGINT NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    silent     BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (status_id, account_id)
) WITHOUT ROWID;
CREATE INDEX mentions_account ON mentions (account_id, status_id);

-- Hashtags of statuses. name is the key (lower case), display as first written.
CREATE TABLE status_tags (
    status_id BIGINT NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    name      TEXT NOT NULL,
    display   TEXT NOT NULL,
    PRIMARY KEY (status_id, name)
) WITHOUT ROWID;
CREATE INDEX status_tags_name ON status_tags (name, status_id);

-- Pictures. Without status_id they are uploaded but not yet posted. Remote ones have a remote_url and get a file when first seen.
CREATE TABLE media_attachments (
    id           INTEGER PRIMARY KEY,
    account_id   BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id    BIGINT REFERENCES statuses (id) ON DELETE CASCADE,
    position     BIGINT NOT NULL DEFAULT 0,
    kind         TEXT NOT NULL,
    file_key     TEXT,
    small_key    TEXT,
    content_type TEXT NOT NULL,
    remote_url   TEXT,
    width        BIGINT,
    height       BIGINT,
    small_width  BIGINT,
    small_height BIGINT,
    blurhash     TEXT,
    description  TEXT,
    focus_x      DOUBLE,
    focus_y      DOUBLE,
    created_at   BIGINT NOT NULL
);
CREATE INDEX media_status ON media_attachments (status_id, position);
CREATE INDEX media_account ON media_attachments (account_id, id);
CREATE INDEX media_file ON media_attachments (file_key);
CREATE INDEX media_small ON media_attachments (small_key);

-- Likes. uri is the Like activity's own id.
CREATE TABLE favourites (
    id         INTEGER PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id  BIGINT NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    uri        TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX favourites_pair ON favourites (status_id, account_id);
CREATE INDEX favourites_status ON favourites (status_id, id);
CREATE INDEX favourites_account ON favourites (account_id, id);

-- The first answer to an Idempotency-Key.
CREATE TABLE idempotency_keys (
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    status_id  BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, name)
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
