-- Yes-or-no questions put to the judge about a run's answers: what it costs that the answerer knows who asks.
CREATE TABLE context_costs (
    run_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,     -- of the item in the plan
    question VARCHAR NOT NULL,
    prompt VARCHAR NOT NULL,       -- version of the words it was put in
    yes DOUBLE                     -- probability; NULL when the prompt was too long or no number came
);
