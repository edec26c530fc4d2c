package import FoundationEssentials
package import HTTPServer
package import HummingbirdCore
package import NIOCore

/// Where the gateway finds what answers refer to.
package protocol ReferenceStore: Sendable {
  /// Makers of results began to run at that time: a claim that was renewed last before it is left over from a former run.
  /// nil if other machines' makers use the store.
  var makersBegan: Date? { get }

  /// A small object; nil if there is none.
  ///
  /// - Parameter limit: bytes; what is longer is an error.
  func read(_ key: String, in bucket: String, limit: Int) async throws -> StoredBytes?

  func exists(_ key: String, in bucket: String) async throws -> Bool

  /// Keys and entity tags of at most `limit` objects whose keys begin with `prefix`.
  func list(_ prefix: String, in bucket: String, limit: Int) async throws -> [(key: String, etag: String)]

  /// The answer to a `GET` or `HEAD` of the object, with its conditions and range: 200, 206, 304, 404, 412 or 416.
  ///
  /// - Parameter offset: leaves out that many bytes at the beginning; the request's range and conditions are ignored then.
  func response(
    to request: Request, context: EndpointContext, key: String, bucket: String, from offset: Int64
  ) async throws -> Response

  /// The same for a `GET` of a small object that is in memory, with a body that is sent by one write; nil: `response` knows.
  func responseInMemory(
    to request: Request, context: EndpointContext, key: String, bucket: String
  ) -> Response?

  /// Whether an object of that many bytes can be written at present. Writes one, and deletes it.
  ///
  /// - Returns: false only if the store says that it is full.
  func hasRoom(_ bytes: Int, at key: String, in bucket: String, context: EndpointContext) async -> Bool

  /// Begins to watch everything below the prefixes.
  func watch(_ prefixes: [String], in bucket: String) -> any ChangeWatch
}

extension ReferenceStore {
  package func responseInMemory(
    to request: Request, context: EndpointContext, key: String, bucket: String
  ) -> Response? { nil }
}

package struct StoredBytes: Sendable {
  package var etag: String
  package var bytes: ByteBuffer

  package init(etag: String, bytes: ByteBuffer) {
    self.etag = etag
    self.bytes = bytes
  }
}

/// Notices changes; for one reader.
package protocol ChangeWatch: Sendable {
  /// Returns when something has changed since the last call returned, at the latest after `timeout`. A store that cannot
  /// tell returns after a while of its own.
  func wait(atMost timeout: Duration) async
}
