import GRDB

extension FileObjectBackend {
  /// The tables of buckets, objects and uploads. Keys are BLOBs: compared byte by byte, which is S3's order.
  package static let migrations = [
    LocalDatabase.Migration("objects/1") { db in
      try db.execute(
        sql: """
          CREATE TABLE buckets (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            created INTEGER NOT NULL             -- milliseconds since 1970, as all times
          ) STRICT;

          CREATE TABLE bucket_documents (
            bucket INTEGER NOT NULL REFERENCES buckets ON DELETE CASCADE,
            kind TEXT NOT NULL,
            content BLOB NOT NULL,
            PRIMARY KEY (bucket, kind)
          ) STRICT, WITHOUT ROWID;

          -- What listings need stands before `detail`, which may be long (10,000 parts).
          CREATE TABLE objects (
            bucket INTEGER NOT NULL REFERENCES buckets,
            key BLOB NOT NULL,
            size INTEGER NOT NULL,
            etag TEXT NOT NULL,
            modified INTEGER NOT NULL,
            detail BLOB NOT NULL,
            PRIMARY KEY (bucket, key)
          ) STRICT, WITHOUT ROWID;

          CREATE TABLE uploads (
            id TEXT PRIMARY KEY,
            bucket INTEGER NOT NULL REFERENCES buckets,
            key BLOB NOT NULL,
            created INTEGER NOT NULL,
            detail BLOB NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE INDEX uploads_by_key ON uploads (bucket, key, created, id);

          CREATE TABLE parts (
            upload TEXT NOT NULL REFERENCES uploads ON DELETE CASCADE,
            number INTEGER NOT NULL,
            size INTEGER NOT NULL,
            etag TEXT NOT NULL,
            modified INTEGER NOT NULL,
            detail BLOB NOT NULL,
            PRIMARY KEY (upload, number)
          ) STRICT, WITHOUT ROWID;

          CREATE TABLE object_sequence (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            value INTEGER NOT NULL
          ) STRICT;
          INSERT INTO object_sequence VALUES (1, 0);
          """)
    },
    // The storage class, which listings tell; NULL for STANDARD.
    LocalDatabase.Migration("objects/2") { db in
      try db.execute(sql: "ALTER TABLE objects ADD COLUMN class TEXT")
    },
  ]
}
