CREATE TABLE migrations (
    version INTEGER NOT NULL,
    applied TIMESTAMP NOT NULL
);

CREATE TABLE about (
    store VARCHAR NOT NULL         -- this database's own random name; the watermark file repeats it
);

CREATE TABLE ledger (
    sequence BIGINT NOT NULL,      -- one row a transaction, counted without a gap
    written TIMESTAMP NOT NULL
);
