CREATE TABLE IF NOT EXISTS key_usage (
    tenant TEXT NOT NULL,
    key_id BYTEA NOT NULL,
    last_used_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant, key_id)
);
