CREATE INDEX IF NOT EXISTS api_keys_by_actor ON api_keys (tenant, actor, key_id);
