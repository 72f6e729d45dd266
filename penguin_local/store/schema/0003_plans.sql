-- What the planner found. Append-only like the rest; what the answers and scores were lies in `cache`.

CREATE TABLE plans (
    plan_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    created TIMESTAMP NOT NULL,
    settings VARCHAR NOT NULL,     -- JSON: as of a run; must match to resume
    versions VARCHAR NOT NULL      -- JSON: libraries and platform; recorded only
);

CREATE TABLE plan_scenarios (
    plan_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    scenario VARCHAR NOT NULL      -- scenarios.digest
);

CREATE TABLE planned_paths (
    plan_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    path VARCHAR[] NOT NULL,       -- attributes in the order of asking
    scores DOUBLE[] NOT NULL,      -- of every prefix, the empty one first; NULL when unscored
    evaluations INTEGER NOT NULL,
    unscored INTEGER NOT NULL,
    embedding FLOAT[] NOT NULL,    -- of the query
    seconds DOUBLE NOT NULL        -- this scenario's share of its group's working time
);

CREATE TABLE explored (
    plan_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    subset SMALLINT NOT NULL,      -- bitmask of attributes
    evaluated BOOLEAN NOT NULL,    -- answered and judged; the search may also only have passed through
    score DOUBLE,                  -- NULL when unscored, or not evaluated
    visits INTEGER NOT NULL,
    value DOUBLE                   -- mean of what came back through it; NULL when never visited
);
