-- Queued work. At most one job runs per (queue, lane), in the order of their ids; a job with the same name is the same job again.
CREATE TABLE jobs (
    id           BIGINT NOT NULL PRIMARY KEY,
    queue        TEXT COLLATE "C" NOT NULL,
    lane         TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    payload      TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL,
    generation   BIGINT NOT NULL DEFAULT 0,
    run_at       BIGINT NOT NULL,
    attempts     BIGINT NOT NULL DEFAULT 0,
    failures     BIGINT NOT NULL DEFAULT 0,
    suspect      BOOLEAN NOT NULL DEFAULT FALSE,
    crashes      BIGINT NOT NULL DEFAULT 0,
    locked_by    TEXT COLLATE "C",
    locked_until BIGINT NOT NULL DEFAULT 0,
    last_error   TEXT COLLATE "C",
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX jobs_name ON jobs (queue, name);
CREATE INDEX jobs_ready ON jobs (queue, run_at, id) WHERE state = 'ready';
CREATE INDEX jobs_lane ON jobs (queue, lane, id) WHERE state = 'ready';
CREATE INDEX jobs_locked ON jobs (queue, lane) WHERE locked_by IS NOT NULL;
CREATE INDEX jobs_lease ON jobs (queue, locked_until) WHERE locked_by IS NOT NULL;
CREATE INDEX jobs_suspect ON jobs (queue, run_at, id) WHERE suspect = TRUE;
