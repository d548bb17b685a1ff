CREATE UNIQUE INDEX IF NOT EXISTS api_keys_by_digest ON api_keys (tenant, digest) WHERE digest IS NOT NULL;
