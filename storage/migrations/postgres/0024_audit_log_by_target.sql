CREATE INDEX IF NOT EXISTS audit_log_by_target ON audit_log (tenant, target, at_ms);
