CREATE TABLE IF NOT EXISTS audit_log (
    shard SMALLINT NOT NULL,
    seq BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    action TEXT NOT NULL,
    caller TEXT NOT NULL,
    target TEXT NOT NULL,
    detail BYTEA NOT NULL,
    previous BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (shard, seq)
);
