package import GRDB
package import S3Protocol

/// Called inside the transaction that commits an object: what it writes becomes visible with the object or not at all.
///
/// It holds the only writer, so it must be short and must not wait for anything. When it throws, the object is not
/// stored and the client gets the error.
package typealias ObjectCommitHook = @Sendable (_ db: Database, _ change: ObjectChange) throws -> Void
