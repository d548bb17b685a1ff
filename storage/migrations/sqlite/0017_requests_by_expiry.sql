CREATE INDEX requests_by_expiry ON requests (expires_at);
