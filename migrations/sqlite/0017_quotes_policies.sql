-- Quotes, who may do what with a status, and what had to be asked for.

-- What a status quotes. The row is named by the quoting status; quoted_status_id is null until the quoted one is known here, and
-- again when it is deleted. request_uri: the QuoteRequest that was sent or received; approval_uri: the stamp that allows it.
CREATE TABLE quotes (
    status_id        INTEGER PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    quoted_status_id BIGINT REFERENCES statuses (id) ON DELETE SET NULL,
    quoted_uri       TEXT NOT NULL,
    state            TEXT NOT NULL,
    request_uri      TEXT,
    approval_uri     TEXT,
    created_at       BIGINT NOT NULL
);
CREATE INDEX quotes_quoted ON quotes (quoted_status_id, state, status_id) WHERE quoted_status_id IS NOT NULL;
CREATE INDEX quotes_waiting ON quotes (quoted_uri) WHERE quoted_status_id IS NULL;
CREATE INDEX quotes_request ON quotes (request_uri) WHERE request_uri IS NOT NULL;
CREATE INDEX quotes_approval ON quotes (approval_uri) WHERE approval_uri IS NOT NULL;

-- Who may like, answer, boost and quote a status, as JSON. None: everybody, and nobody may quote.
CREATE TABLE status_policies (
    status_id INTEGER PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    policy    TEXT NOT NULL
);

-- A like, an answer or a boost that its author asked leave for: ours of others, and others' of ours. It goes with the like or
-- the status that it is. approval_uri: what allows it.
CREATE TABLE approvals (
    id              INTEGER PRIMARY KEY,
    kind            TEXT NOT NULL,
    account_id      BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_id       BIGINT NOT NULL REFERENCES statuses (id) ON DELETE CASCADE,
    favourite_id    BIGINT REFERENCES favourites (id) ON DELETE CASCADE,
    by_status_id    BIGINT REFERENCES statuses (id) ON DELETE CASCADE,
    interaction_uri TEXT NOT NULL UNIQUE,
    request_uri     TEXT,
    state           TEXT NOT NULL,
    approval_uri    TEXT,
    created_at      BIGINT NOT NULL
);
CREATE INDEX approvals_account ON approvals (account_id);
CREATE INDEX approvals_status ON approvals (status_id);
CREATE INDEX approvals_favourite ON approvals (favourite_id) WHERE favourite_id IS NOT NULL;
CREATE INDEX approvals_by_status ON approvals (by_status_id) WHERE by_status_id IS NOT NULL;
CREATE INDEX approvals_request ON approvals (request_uri) WHERE request_uri IS NOT NULL;
CREATE INDEX approvals_uri ON approvals (approval_uri) WHERE approval_uri IS NOT NULL;

-- Held until somebody else allows it: for its author alone until then, and not counted.
ALTER TABLE statuses ADD COLUMN held BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE favourites ADD COLUMN held BOOLEAN NOT NULL DEFAULT FALSE;

-- Who may quote posts that don't say: public, followers, nobody.
ALTER TABLE users ADD COLUMN default_quote_policy TEXT NOT NULL DEFAULT 'public';

-- Websites that may name an account as their author, as a JSON list.
ALTER TABLE accounts ADD COLUMN attribution_domains TEXT NOT NULL DEFAULT '[]';
