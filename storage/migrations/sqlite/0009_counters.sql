CREATE TABLE counters (
    log TEXT NOT NULL,
    shard SMALLINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (log, shard)
) WITHOUT ROWID;
