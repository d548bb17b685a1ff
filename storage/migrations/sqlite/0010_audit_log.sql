CREATE TABLE audit_log (
    shard SMALLINT NOT NULL,
    seq BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    action TEXT NOT NULL,
    caller TEXT NOT NULL,
    target TEXT NOT NULL,
    detail BLOB NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (shard, seq)
) WITHOUT ROWID;
