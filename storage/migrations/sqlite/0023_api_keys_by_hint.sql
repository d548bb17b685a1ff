CREATE INDEX api_keys_by_hint ON api_keys (tenant, hint, created_ms, key_id) WHERE hint != '';
