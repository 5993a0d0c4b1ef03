-- Of more of one server's strangers than a person can look at, they are told only when they ask.
ALTER TABLE notifications ADD COLUMN filtered BOOLEAN NOT NULL DEFAULT FALSE;

-- Reports by when they came: how many of one server there are lately.
CREATE INDEX reports_created ON reports (created_at);
