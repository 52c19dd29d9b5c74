-- One row for each tenant and kind, so that other rows carry a small number instead of two names.
CREATE TABLE collection (
  number INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  UNIQUE (tenant, kind)
) STRICT;

CREATE TABLE record (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  collection INTEGER NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  document BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX record_by_id ON record (collection, id);
CREATE INDEX record_in_order ON record (collection);  -- and, as in every index, the number

CREATE TABLE history (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  collection INTEGER NOT NULL,
  id TEXT NOT NULL,
  at TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX history_of_record ON history (collection, id);

CREATE TABLE outbox (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  lane TEXT NOT NULL,
  due TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_by_lane ON outbox (lane);

-- Which facets are indexed. While a path is 'building', records up to `built_to` are in the index, and
-- writes keep the rows of all records up to date. A path that is 'dropping' is no longer kept.
CREATE TABLE indexed_path (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  collection INTEGER NOT NULL,
  path TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('building', 'ready', 'dropping')),
  built_to INTEGER NOT NULL,
  UNIQUE (collection, path)
) STRICT;

-- Index rows. A shelf is a path and a sort (store/ordering.py), a value is bytes in the order of values.
CREATE TABLE facet (
  shelf INTEGER NOT NULL,
  value BLOB NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (shelf, value, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX facet_by_record ON facet (shelf, number, value) WHERE shelf & 2 = 2;  -- numbers and times

-- Bounding boxes: exact ones by record, and rounded ones in a tree. A slot is a record's number and the
-- extent's place within the record; a bin keeps collections and paths apart within the tree.
CREATE TABLE place (
  slot INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  collection INTEGER NOT NULL,
  west REAL NOT NULL,
  south REAL NOT NULL,
  east REAL NOT NULL,
  north REAL NOT NULL
) STRICT;
CREATE VIRTUAL TABLE extent USING rtree (slot, west, east, south, north, first_bin, last_bin);
