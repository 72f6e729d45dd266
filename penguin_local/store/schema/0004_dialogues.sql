-- How the background of an item was found, where its arm finds it out: by asking, or by searching.
CREATE TABLE dialogues (
    run_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    known VARCHAR NOT NULL,        -- JSON: value by attribute; a simulated user may have said a wrong one
    asked VARCHAR NOT NULL,        -- JSON: attributes in the order of asking
    declined VARCHAR NOT NULL,     -- JSON: what they would not say
    unsure VARCHAR NOT NULL,       -- JSON: what they did not know
    steps VARCHAR NOT NULL,        -- JSON: known and declined before the first question and after each
    levels DOUBLE[] NOT NULL,      -- how sufficient the model found each step; NULL where it was not asked
    scores DOUBLE[],               -- personalised safety of each step's answer; NULL when not measured
    reason VARCHAR NOT NULL,       -- why it ended
    evaluations INTEGER NOT NULL,  -- subsets that a search answered and judged; 0 for a talk
    unscored INTEGER NOT NULL,     -- those among them that the judge could not score
    unweighed INTEGER NOT NULL,    -- times that the model gave no number in a talk
    seconds DOUBLE NOT NULL,       -- of the talk (its share of what was done together) or search
    scoring_seconds DOUBLE NOT NULL -- of scoring the steps
);
