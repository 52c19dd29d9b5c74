-- Numbers and times of 64 neighbouring records together (store/wording.py), so that a range is read in the
-- order of creation without sorting all of it, and one record is asked nearly as cheaply as before.
DROP INDEX facet_by_record;
CREATE INDEX facet_by_block ON facet (shelf, number >> 6, value, number) WHERE shelf & 2 = 2;

-- The tree knows the record's number too, so that the first records of a full box are had alone.
CREATE VIRTUAL TABLE extent_in_order
USING rtree (slot, west, east, south, north, first_bin, last_bin, first_number, last_number);
INSERT INTO extent_in_order
SELECT slot, west, east, south, north, first_bin, last_bin, (slot >> 20) * 1e-6, (slot >> 20) * 1e-6 FROM extent;
DROP TABLE extent;
ALTER TABLE extent_in_order RENAME TO extent;

-- Some paths are indexed for the records of one part alone (a type of entity).
CREATE TABLE indexed_path_in_parts (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  collection INTEGER NOT NULL,
  path TEXT NOT NULL,
  part TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('building', 'ready', 'dropping')),
  built_to INTEGER NOT NULL,
  UNIQUE (collection, path, part)
) STRICT;
-- All are built again: records with several values on a shelf are marked now (store/ordering.py).
INSERT INTO indexed_path_in_parts SELECT number, collection, path, '',
CASE state WHEN 'dropping' THEN state ELSE 'building' END, 0 FROM indexed_path;
DROP TABLE indexed_path;
ALTER TABLE indexed_path_in_parts RENAME TO indexed_path;
