CREATE INDEX IF NOT EXISTS revocation_log_by_expiry ON revocation_log (expires_at);
