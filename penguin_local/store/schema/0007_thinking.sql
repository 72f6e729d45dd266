-- What a thinking model wrote before its answer, which is stripped from `text`; NULL where it was not on record.
ALTER TABLE responses ADD COLUMN thinking VARCHAR;
