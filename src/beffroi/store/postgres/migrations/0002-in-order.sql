-- Numbers and times of 64 neighbouring records together (store/wording.py), so that a range is read in the
-- order of creation without sorting all of it, and one record is asked nearly as cheaply as before.
DROP INDEX facet_by_record;
CREATE INDEX facet_by_block ON facet (shelf, (number >> 6), value, number) WHERE shelf & 2 = 2;

-- Some paths are indexed for the records of one part alone (a type of entity).
ALTER TABLE indexed_path ADD COLUMN part text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE indexed_path ALTER COLUMN part DROP DEFAULT;
ALTER TABLE indexed_path DROP CONSTRAINT indexed_path_collection_path_key;
ALTER TABLE indexed_path ADD UNIQUE (collection, path, part);
-- All are built again: records with several values on a shelf are marked now (store/ordering.py).
UPDATE indexed_path SET state = 'building', built_to = 0 WHERE state = 'ready' OR state = 'building';
