CREATE TABLE IF NOT EXISTS revocation_log (
    shard SMALLINT NOT NULL,
    seq BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    kind SMALLINT NOT NULL,
    target BYTEA NOT NULL,
    value BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (shard, seq)
);
