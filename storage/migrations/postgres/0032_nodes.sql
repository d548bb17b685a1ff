CREATE TABLE IF NOT EXISTS nodes (
    node_id BYTEA NOT NULL PRIMARY KEY,
    boot_id BYTEA NOT NULL,
    positions TEXT NOT NULL,
    mode TEXT NOT NULL,
    lease_ms BIGINT NOT NULL
);
