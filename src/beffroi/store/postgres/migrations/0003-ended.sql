-- The last trace of a record that is not there any more, so that what has a past and no present is found.
ALTER TABLE history ADD COLUMN ends smallint NOT NULL DEFAULT 0;
UPDATE history SET ends = 1 WHERE number IN (
  SELECT max(number) FROM history h
  WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.collection = h.collection AND r.id = h.id)
  GROUP BY collection, id
);
CREATE INDEX history_of_ended ON history (collection, id) WHERE ends = 1;
