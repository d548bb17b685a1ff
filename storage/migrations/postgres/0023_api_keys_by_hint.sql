CREATE INDEX IF NOT EXISTS api_keys_by_hint ON api_keys (tenant, hint, created_ms, key_id) WHERE hint != '';
