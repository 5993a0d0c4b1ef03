-- What the instance knows of itself: its domain, its secrets, its first set-up.
CREATE TABLE instance_settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- Who may do periodic work, so that one process of many does it.
CREATE TABLE leases (
    name   TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until  BIGINT NOT NULL
) WITHOUT ROWID;
