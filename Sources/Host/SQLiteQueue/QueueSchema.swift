import GRDB
package import LocalStorage

/// The queue's part of the database.
package enum QueueSchema {
  package static let migrations: [LocalDatabase.Migration] = [
    LocalDatabase.Migration("queue/1") { db in
      // `due` is 0 for what may run at once and milliseconds since 1970 for what waits after a failure, so that a clock
      // that steps back cannot hold back new work.
      try db.execute(
        sql: """
          CREATE TABLE invocations (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL,
            function TEXT NOT NULL,
            due INTEGER NOT NULL DEFAULT 0,
            failed INTEGER NOT NULL DEFAULT 0,
            enqueued INTEGER NOT NULL,
            grouping TEXT NOT NULL,
            payload BLOB NOT NULL
          );
          CREATE INDEX invocations_by_group ON invocations (function, grouping, number) WHERE due = 0;
          CREATE INDEX invocations_by_due ON invocations (function, due, number) WHERE due > 0;
          CREATE TABLE dead_letters (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL,
            function TEXT NOT NULL,
            queue TEXT,
            condition TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            error_type TEXT NOT NULL,
            error_message TEXT NOT NULL,
            enqueued INTEGER NOT NULL,
            died INTEGER NOT NULL,
            grouping TEXT NOT NULL,
            payload BLOB NOT NULL
          );
          CREATE TABLE published (
            key TEXT PRIMARY KEY,
            accepted INTEGER NOT NULL,
            response BLOB NOT NULL
          ) WITHOUT ROWID;
          CREATE INDEX published_by_time ON published (accepted);
          """)
    },
    LocalDatabase.Migration("queue/2") { db in
      try db.execute(
        sql: """
          ALTER TABLE invocations RENAME COLUMN grouping TO message_group_id;
          ALTER TABLE invocations ADD COLUMN deduplication_id TEXT;
          ALTER TABLE dead_letters RENAME COLUMN grouping TO message_group_id;
          ALTER TABLE dead_letters ADD COLUMN deduplication_id TEXT;
          """)
    },
  ]
}
