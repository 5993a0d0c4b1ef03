-- Actors, local and remote.
CREATE TABLE accounts (
    id                BIGINT NOT NULL PRIMARY KEY,
    username          TEXT COLLATE "C" NOT NULL,
    domain            TEXT COLLATE "C",
    acct_key          TEXT COLLATE "C" NOT NULL UNIQUE,
    local             BOOLEAN NOT NULL,
    kind              TEXT COLLATE "C" NOT NULL,
    uri               TEXT COLLATE "C" NOT NULL UNIQUE,
    url               TEXT COLLATE "C" NOT NULL,
    display_name      TEXT COLLATE "C" NOT NULL DEFAULT '',
    note              TEXT COLLATE "C" NOT NULL DEFAULT '',
    note_source       TEXT COLLATE "C" NOT NULL DEFAULT '',
    fields            TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    avatar_key        TEXT COLLATE "C",
    avatar_remote_url TEXT COLLATE "C",
    header_key        TEXT COLLATE "C",
    header_remote_url TEXT COLLATE "C",
    locked            BOOLEAN NOT NULL DEFAULT FALSE,
    bot               BOOLEAN NOT NULL DEFAULT FALSE,
    discoverable      BOOLEAN NOT NULL DEFAULT TRUE,
    indexable         BOOLEAN NOT NULL DEFAULT FALSE,
    big               BOOLEAN NOT NULL DEFAULT FALSE,
    inbox_url         TEXT COLLATE "C" NOT NULL,
    shared_inbox_url  TEXT COLLATE "C",
    outbox_url        TEXT COLLATE "C",
    followers_url     TEXT COLLATE "C",
    following_url     TEXT COLLATE "C",
    featured_url      TEXT COLLATE "C",
    public_key_id     TEXT COLLATE "C" UNIQUE,
    public_key_pem    TEXT COLLATE "C",
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
    account_id      BIGINT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    private_key_pem TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL
);

-- Local people's credentials and settings.
CREATE TABLE users (
    account_id         BIGINT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    email              TEXT COLLATE "C" NOT NULL,
    email_key          TEXT COLLATE "C" NOT NULL UNIQUE,
    password_hash      TEXT COLLATE "C" NOT NULL,
    role               TEXT COLLATE "C" NOT NULL,
    confirmed_at       BIGINT,
    approved           BOOLEAN NOT NULL,
    disabled           BOOLEAN NOT NULL DEFAULT FALSE,
    locale             TEXT COLLATE "C" NOT NULL DEFAULT 'en',
    default_visibility TEXT COLLATE "C" NOT NULL DEFAULT 'public',
    default_sensitive  BOOLEAN NOT NULL DEFAULT FALSE,
    default_language   TEXT COLLATE "C",
    created_at         BIGINT NOT NULL,
    last_active_at     BIGINT NOT NULL
);

-- Browser sessions. Of every token only a fingerprint is kept.
CREATE TABLE sessions (
    id           BIGINT NOT NULL PRIMARY KEY,
    account_id   BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash   TEXT COLLATE "C" NOT NULL UNIQUE,
    user_agent   TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
