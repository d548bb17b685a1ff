CREATE INDEX budgets_by_end ON budgets (ends_at);
