"""The store on Postgres, and on CockroachDB, which speaks its protocol."""
