-- As in SQLite (store/sqlite/migrations); names are escaped so that they can hold a NUL (connecting.py),
-- documents and values are bytes. Numbers are given out under a lock, in the order of commits.
CREATE TABLE collection (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  UNIQUE (tenant, kind)
);

CREATE SEQUENCE record_number;
CREATE TABLE record (
  number bigint PRIMARY KEY,
  collection integer NOT NULL,
  id text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  document bytea NOT NULL
);
CREATE UNIQUE INDEX record_by_id ON record (collection, id);
CREATE INDEX record_in_order ON record (collection, number);

CREATE SEQUENCE history_number;
CREATE TABLE history (
  number bigint PRIMARY KEY,
  collection integer NOT NULL,
  id text COLLATE "C" NOT NULL,
  at text COLLATE "C" NOT NULL,
  body bytea NOT NULL
);
CREATE INDEX history_of_record ON history (collection, id, number);

CREATE SEQUENCE outbox_number;
CREATE TABLE outbox (
  number bigint PRIMARY KEY,
  lane text COLLATE "C" NOT NULL,
  due text COLLATE "C" NOT NULL,
  attempts integer NOT NULL,
  body bytea NOT NULL
);
CREATE INDEX outbox_by_lane ON outbox (lane, number);

CREATE TABLE indexed_path (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  collection integer NOT NULL,
  path text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('building', 'ready', 'dropping')),
  built_to bigint NOT NULL,
  UNIQUE (collection, path)
);

CREATE TABLE facet (
  shelf integer NOT NULL,
  value bytea NOT NULL,
  number bigint NOT NULL,
  PRIMARY KEY (shelf, value, number)
);
CREATE INDEX facet_by_record ON facet (shelf, number, value) WHERE shelf & 2 = 2;

CREATE TABLE place (
  slot bigint PRIMARY KEY,
  path text COLLATE "C" NOT NULL,
  collection integer NOT NULL,
  west double precision NOT NULL,
  south double precision NOT NULL,
  east double precision NOT NULL,
  north double precision NOT NULL,
  area geometry (Geometry, 4326) NOT NULL
);
CREATE INDEX place_by_area ON place USING gist (area);
