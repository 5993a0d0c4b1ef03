-- How other servers want to be signed for, how long they have been silent, and keys besides the first.

ALTER TABLE hosts ADD COLUMN failing_since BIGINT;
-- The kind of signature that the host is known to take, and since when that is known.
ALTER TABLE hosts ADD COLUMN signature TEXT;
ALTER TABLE hosts ADD COLUMN signature_at BIGINT;
UPDATE hosts SET failing_since = last_failure_at WHERE failures > 0;
CREATE INDEX hosts_failing ON hosts (failing_since) WHERE failing_since IS NOT NULL;
CREATE INDEX deliveries_dead ON deliveries (host, id) WHERE state = 'dead';

-- What a local actor makes object integrity proofs with. Made when it is first needed.
ALTER TABLE account_keys ADD COLUMN ed25519_pem TEXT;

-- Public keys of remote actors besides the one in their own row.
CREATE TABLE public_keys (
    id         TEXT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    pem        TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX public_keys_account ON public_keys (account_id);
