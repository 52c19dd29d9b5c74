-- Each trace names the one before it of the same record, and the record names its last one: an index of the
-- history would have to be written at another place for each change. The last trace of a record that is not
-- there any more has `ends = 1`.
ALTER TABLE record ADD COLUMN last_trace INTEGER NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN previous INTEGER NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN ends INTEGER NOT NULL DEFAULT 0;

UPDATE history SET previous = coalesce((
  SELECT max(h.number) FROM history h
  WHERE h.collection = history.collection AND h.id = history.id AND h.number < history.number
), 0);
UPDATE record SET last_trace = coalesce((
  SELECT max(h.number) FROM history h WHERE h.collection = record.collection AND h.id = record.id
), 0);
UPDATE history SET ends = 1
WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.collection = history.collection AND r.id = history.id)
AND number = (SELECT max(h.number) FROM history h WHERE h.collection = history.collection AND h.id = history.id);

DROP INDEX history_of_record;
CREATE INDEX history_of_ended ON history (collection, id) WHERE ends = 1;
