CREATE INDEX IF NOT EXISTS requests_by_expiry ON requests (expires_at);
