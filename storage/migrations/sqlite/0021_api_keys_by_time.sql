CREATE INDEX api_keys_by_time ON api_keys (tenant, created_ms, key_id);
