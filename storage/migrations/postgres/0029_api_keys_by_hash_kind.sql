CREATE INDEX IF NOT EXISTS api_keys_by_hash_kind ON api_keys (tenant, hash_kind) WHERE hash_kind IS NOT NULL;
