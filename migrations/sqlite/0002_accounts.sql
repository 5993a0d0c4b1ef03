-- Actors, local and remote.
CREATE TABLE accounts (
    id                INTEGER PRIMARY KEY,
    username          TEXT NOT NULL,
    domain            TEXT,
    acct_key          TEXT NOT NULL UNIQUE,
    local             BOOLEAN NOT NULL,
    kind              TEXT NOT NULL,
    uri               TEXT NOT NULL UNIQUE,
    url               TEXT NOT NULL,
    display_name      TEXT NOT NULL DEFAULT '',
    note              TEXT NOT NULL DEFAULT '',
    note_source       TEXT NOT NULL DEFAULT '',
    fields            TEXT NOT NULL DEFAULT '[]',
    avatar_key        TEXT,
    avatar_remote_url TEXT,
    header_key        TEXT,
    header_remote_url TEXT,
    locked            BOOLEAN NOT NULL DEFAULT FALSE,
    bot               BOOLEAN NOT NULL DEFAULT FALSE,
    discoverable      BOOLEAN NOT NULL DEFAULT TRUE,
    indexable         BOOLEAN NOT NULL DEFAULT FALSE,
    big               BOOLEAN NOT NULL DEFAULT FALSE,
    inbox_url         TEXT NOT NULL,
    shared_inbox_url  TEXT,
    outbox_url        TEXT,
    followers_url     TEXT,
    following_url     TEXT,
    featured_url      TEXT,
    public_key_id     TEXT UNIQUE,
    public_key_pem    TEXT,
    followers_count   BIGINT NOT NULL DEFAULT 0,
    following_count   BIGINT NOT NULL DEFAULT 0,
    statuses_count    BIGINT NOT NULL DEFAULT 0,
    last_status_at    BIGINT,
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    fetched_at        BIGINT,
    suspended_at      BIGINT,
    deleted_at        BIGINT,
    version           BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX accounts_domain ON accounts (domain);
CREATE INDEX accounts_local ON accounts (id) WHERE local = TRUE;
-- For the sweep of files that nothing names.
CREATE INDEX accounts_avatar ON accounts (avatar_key);
CREATE INDEX accounts_header ON accounts (header_key);

-- Private keys of local actors, apart from everything that is ever shown.
CREATE TABLE account_keys (
    account_id      INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    private_key_pem TEXT NOT NULL,
    created_at      BIGINT NOT NULL
);

-- Local people's credentials and settings.
CREATE TABLE users (
    account_id         INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    email              TEXT NOT NULL,
    email_key          TEXT NOT NULL UNIQUE,
    password_hash      TEXT NOT NULL,
    role               TEXT NOT NULL,
    confirmed_at       BIGINT,
    approved           BOOLEAN NOT NULL,
    disabled           BOOLEAN NOT NULL DEFAULT FALSE,
    locale             TEXT NOT NULL DEFAULT 'en',
    default_visibility TEXT NOT NULL DEFAULT 'public',
    default_sensitive  BOOLEAN NOT NULL DEFAULT FALSE,
    default_language   TEXT,
    created_at         BIGINT NOT NULL,
    last_active_at     BIGINT NOT NULL
);

-- Browser sessions. Of every token only a fingerprint is kept.
CREATE TABLE sessions (
    id           INTEGER PRIMARY KEY,
    account_id   BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash   TEXT NOT NULL UNIQUE,
    user_agent   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
