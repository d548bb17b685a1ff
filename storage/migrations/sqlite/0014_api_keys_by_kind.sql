CREATE INDEX api_keys_by_kind ON api_keys (tenant, kind, key_id);
