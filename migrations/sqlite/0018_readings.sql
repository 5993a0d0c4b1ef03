-- What other servers say of what is theirs, beyond what was sent here: read when somebody looks.

-- How often a remote status was liked, boosted and answered, and when its server was asked last.
CREATE TABLE status_readings (
    status_id  INTEGER PRIMARY KEY REFERENCES statuses (id) ON DELETE CASCADE,
    favourites BIGINT,
    reblogs    BIGINT,
    replies    BIGINT,
    read_at    BIGINT NOT NULL DEFAULT 0
);

-- How many follow a remote account, whom it follows, what it posted, and when its server was asked last.
CREATE TABLE account_readings (
    account_id INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    followers  BIGINT,
    following  BIGINT,
    statuses   BIGINT,
    read_at    BIGINT NOT NULL DEFAULT 0
);

-- Hashtags that somebody shows on their profile. name is the key (lower case), display as first written.
CREATE TABLE featured_tags (
    id         INTEGER PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    display    TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX featured_tags_pair ON featured_tags (account_id, name);
