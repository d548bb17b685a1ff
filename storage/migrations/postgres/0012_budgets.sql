CREATE TABLE IF NOT EXISTS budgets (
    tenant TEXT NOT NULL,
    counter BYTEA NOT NULL,
    spent BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, counter)
);
