CREATE INDEX IF NOT EXISTS api_keys_by_other_minter ON api_keys (tenant) WHERE master_id = 0;
