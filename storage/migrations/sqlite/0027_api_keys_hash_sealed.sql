ALTER TABLE api_keys ADD COLUMN hash_sealed BLOB;
