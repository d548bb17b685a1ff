CREATE TABLE IF NOT EXISTS counters (
    log TEXT NOT NULL,
    shard SMALLINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (log, shard)
);
