CREATE TABLE nodes (
    node_id BLOB NOT NULL PRIMARY KEY,
    boot_id BLOB NOT NULL,
    positions TEXT NOT NULL,
    mode TEXT NOT NULL,
    lease_ms BIGINT NOT NULL
) WITHOUT ROWID;
