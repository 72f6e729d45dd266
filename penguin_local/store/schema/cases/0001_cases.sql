CREATE TABLE migrations (
    version INTEGER NOT NULL       -- without a time, unlike the benchmark's: when somebody wrote is sealed
);

CREATE TABLE about (
    store VARCHAR NOT NULL         -- this database's own random name; key file and watermark file repeat it
);

CREATE TABLE ledger (
    sequence BIGINT NOT NULL       -- one row a transaction, counted without a gap
);

CREATE TABLE described (
    case_id VARCHAR NOT NULL,      -- random; it says nothing
    number INTEGER NOT NULL,       -- from 1: the highest of a case holds
    sealed BLOB NOT NULL           -- title, mode, retention, when the case was begun
);

CREATE TABLE entries (
    case_id VARCHAR NOT NULL,
    number INTEGER NOT NULL,       -- from 1, without a gap
    sealed BLOB NOT NULL           -- the entry and its time
);

CREATE TABLE losses (
    case_id VARCHAR NOT NULL,      -- what a repair could not keep
    number INTEGER NOT NULL        -- of the entry
);
