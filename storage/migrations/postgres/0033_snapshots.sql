CREATE TABLE IF NOT EXISTS snapshots (
    digest BYTEA NOT NULL PRIMARY KEY,
    master_id SMALLINT NOT NULL,
    positions TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
