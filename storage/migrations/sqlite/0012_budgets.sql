CREATE TABLE budgets (
    tenant TEXT NOT NULL,
    counter BLOB NOT NULL,
    spent BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, counter)
) WITHOUT ROWID;
