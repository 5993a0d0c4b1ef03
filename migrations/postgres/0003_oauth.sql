-- Registered client applications.
CREATE TABLE oauth_apps (
    id                 BIGINT NOT NULL PRIMARY KEY,
    client_id          TEXT COLLATE "C" NOT NULL UNIQUE,
    client_secret_hash TEXT COLLATE "C" NOT NULL,
    name               TEXT COLLATE "C" NOT NULL,
    website            TEXT COLLATE "C",
    redirect_uris      TEXT COLLATE "C" NOT NULL,
    scopes             TEXT COLLATE "C" NOT NULL,
    created_at         BIGINT NOT NULL
);

-- Authorization codes. A used one is kept for a while, to notice when it comes again.
CREATE TABLE oauth_codes (
    code_hash      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    app_id         BIGINT NOT NULL REFERENCES oauth_apps (id) ON DELETE CASCADE,
    account_id     BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    redirect_uri   TEXT COLLATE "C" NOT NULL,
    scopes         TEXT COLLATE "C" NOT NULL,
    code_challenge TEXT COLLATE "C",
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    used_at        BIGINT
);

-- Access tokens, of a person or (account_id null) of an app alone.
CREATE TABLE oauth_tokens (
    id           BIGINT NOT NULL PRIMARY KEY,
    token_hash   TEXT COLLATE "C" NOT NULL UNIQUE,
    app_id       BIGINT NOT NULL REFERENCES oauth_apps (id) ON DELETE CASCADE,
    account_id   BIGINT REFERENCES accounts (id) ON DELETE CASCADE,
    scopes       TEXT COLLATE "C" NOT NULL,
    code_hash    TEXT COLLATE "C",
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    revoked_at   BIGINT
);
CREATE INDEX oauth_tokens_account ON oauth_tokens (account_id);
CREATE INDEX oauth_tokens_app ON oauth_tokens (app_id);
CREATE INDEX oauth_tokens_code ON oauth_tokens (code_hash);
