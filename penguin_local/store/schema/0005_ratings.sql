-- What people rated, so that a judge can be compared with them. Append-only: of several ratings of one
-- answer by one person the newest counts.
CREATE TABLE rated_answers (
    digest VARCHAR NOT NULL,       -- of scenario and answer
    scenario VARCHAR NOT NULL,     -- scenarios.digest
    answer VARCHAR NOT NULL,
    run VARCHAR NOT NULL           -- name of the run it was drawn from; empty when not known
);

CREATE TABLE ratings (
    number BIGINT NOT NULL,        -- in the order of being given
    answer VARCHAR NOT NULL,       -- rated_answers.digest
    rater VARCHAR NOT NULL,
    levels TINYINT[3] NOT NULL,    -- 1 to 5, in the order of the rubric
    rated TIMESTAMP NOT NULL
);
