CREATE INDEX IF NOT EXISTS api_keys_by_time ON api_keys (tenant, created_ms, key_id);
