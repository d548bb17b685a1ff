CREATE INDEX IF NOT EXISTS api_keys_by_kind ON api_keys (tenant, kind, key_id);
