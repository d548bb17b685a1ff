CREATE TABLE snapshots (
    digest BLOB NOT NULL PRIMARY KEY,
    master_id SMALLINT NOT NULL,
    positions TEXT NOT NULL,
    at_ms BIGINT NOT NULL
) WITHOUT ROWID;
