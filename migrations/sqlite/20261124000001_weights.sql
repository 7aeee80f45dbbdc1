-- The weights its caller asked for, a JSON object of all criteria; null where those of the service
-- count.
ALTER TABLE tasks ADD COLUMN weights TEXT;

-- The score of each criterion in [0, 1], to 4 digits, in the order of the result document; a JSON
-- array, null without data. Null as a whole for results of versions that kept none.
ALTER TABLE results ADD COLUMN criterion_scores TEXT;
-- The most the score may be, since a knock-out failed; null where none did.
ALTER TABLE results ADD COLUMN score_cap REAL CHECK (score_cap BETWEEN 0 AND 1);
-- The weights that score and category were given later, a JSON object of all criteria; null where
-- those of the document count.
ALTER TABLE results ADD COLUMN weights TEXT;
