-- Every table is append-only and without an index: a run's rows are found by scanning, which at 28,000
-- rows takes about a millisecond, and the open bugs around indexes and log replay cannot meet us.

CREATE TABLE runs (
    run_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    created TIMESTAMP NOT NULL,
    settings VARCHAR NOT NULL,     -- JSON: what the person chose and the fingerprints; must match to resume
    versions VARCHAR NOT NULL      -- JSON: libraries and platform; recorded only
);

CREATE TABLE engines (
    run_id VARCHAR NOT NULL,
    role VARCHAR NOT NULL,         -- answerer or judge
    facts VARCHAR NOT NULL         -- JSON: slots, context, ...; a resumed run loads the model the same way
);

CREATE TABLE scenarios (
    digest VARCHAR NOT NULL,       -- of the whole row: the same id with other words is another scenario
    id VARCHAR NOT NULL,
    domain VARCHAR NOT NULL,
    fields VARCHAR NOT NULL        -- JSON: the row of core.rows
);

CREATE TABLE plan (
    run_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    scenario VARCHAR NOT NULL,     -- scenarios.digest
    arm VARCHAR NOT NULL,
    known SMALLINT NOT NULL,       -- bitmask of attributes
    seed BIGINT NOT NULL
);

CREATE TABLE responses (
    run_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    text VARCHAR,                  -- NULL when there is no answer; `missing` says why
    finish VARCHAR,
    prompt_tokens INTEGER,
    generated_tokens INTEGER,
    missing VARCHAR,
    detail VARCHAR NOT NULL,
    seconds DOUBLE NOT NULL        -- this item's share of its group's working time
);

CREATE TABLE scores (
    run_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    risk_sensitivity DOUBLE[5],    -- probabilities of the scores 1 to 5; NULL when unscored
    emotional_empathy DOUBLE[5],
    user_specific_alignment DOUBLE[5],
    missing VARCHAR,
    detail VARCHAR NOT NULL,
    seconds DOUBLE NOT NULL
);

CREATE TABLE cache (
    key VARCHAR NOT NULL,
    value VARCHAR NOT NULL
);
