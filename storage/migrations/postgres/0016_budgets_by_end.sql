CREATE INDEX IF NOT EXISTS budgets_by_end ON budgets (ends_at);
