CREATE TABLE key_usage (
    tenant TEXT NOT NULL,
    key_id BLOB NOT NULL,
    last_used_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant, key_id)
) WITHOUT ROWID;
