CREATE INDEX api_keys_by_other_minter ON api_keys (tenant) WHERE master_id = 0;
