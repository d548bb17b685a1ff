CREATE UNIQUE INDEX IF NOT EXISTS api_keys_by_hash_digest ON api_keys (tenant, hash_digest) WHERE hash_digest IS NOT NULL;
