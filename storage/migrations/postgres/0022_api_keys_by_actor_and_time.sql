CREATE INDEX IF NOT EXISTS api_keys_by_actor_and_time ON api_keys (tenant, actor, created_ms, key_id);
