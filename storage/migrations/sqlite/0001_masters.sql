CREATE TABLE masters (
    master_id INTEGER NOT NULL PRIMARY KEY,
    check_value BLOB NOT NULL
);
