ALTER TABLE tasks ADD COLUMN weights text;
COMMENT ON COLUMN tasks.weights IS 'The weights its caller asked for, a JSON object of all criteria; null where those of the service count.';

ALTER TABLE results
    ADD COLUMN criterion_scores double precision[],
    ADD COLUMN score_cap double precision CHECK (score_cap BETWEEN 0 AND 1),
    ADD COLUMN weights text;
COMMENT ON COLUMN results.criterion_scores IS 'The score of each criterion in [0, 1], to 4 digits, in the order of the result document; null without data. Null as a whole for results of versions that kept none.';
COMMENT ON COLUMN results.score_cap IS 'The most the score may be, since a knock-out failed; null where none did.';
COMMENT ON COLUMN results.weights IS 'The weights that score and category were given later, a JSON object of all criteria; null where those of the document count.';
