CREATE INDEX IF NOT EXISTS revocation_log_by_target ON revocation_log (tenant, kind, target);
