import Core
package import ObjectStore
package import S3Protocol

/// JSON documents in an object store: one way to read them and one way to write each conditionally.
package struct DocumentStore: Sendable {
  package let objects: any ObjectStore

  package init(objects: any ObjectStore) {
    self.objects = objects
  }

  /// A document and the ETag that a conditional write names.
  package struct Stored<Value: Sendable>: Sendable {
    /// `nil` if the object does not read as a `Value`: another program or another release wrote it.
    package let value: Value?
    package let etag: ETag
  }

  /// What a conditional write asks for.
  package enum Condition: Sendable {
    case none
    /// The key must not exist: `If-None-Match: *`.
    case absent
    /// The object must still be the one that was read: `If-Match`.
    case unchanged(ETag)

    /// Over what was read before: a stored document, or nothing.
    package static func replacing(_ etag: ETag?) -> Condition { etag.map(Condition.unchanged) ?? .absent }
  }

  /// The object as it is now; `nil` if it does not exist.
  ///
  /// - Throws: `ObjectStoreError`.
  package func head(_ key: String, in bucket: String) async throws -> ObjectInfo? {
    try await absentAsNil { try await objects.head(key, in: bucket) }
  }

  /// The document at that key; `nil` if there is no such object.
  ///
  /// - Throws: `ObjectStoreError`.
  package func read<Value: Decodable & Sendable>(
    _ type: Value.Type = Value.self, at key: String, in bucket: String
  ) async throws -> Stored<Value>? {
    guard let found = try await absentAsNil({ try await objects.get(key, in: bucket, range: nil, ifMatch: nil) }) else {
      return nil
    }
    return Stored(value: try? JSON.decode(Value.self, from: found.bytes), etag: found.info.etag)
  }

  /// The bytes of an object, or of a part of it; `nil` if there is no such object or part.
  ///
  /// - Throws: `ObjectStoreError`.
  package func bytes(at key: String, in bucket: String, range: ClosedRange<Int64>? = nil) async throws -> [UInt8]? {
    do {
      return try await absentAsNil { try await objects.get(key, in: bucket, range: range, ifMatch: nil) }?.bytes
    } catch let error as ObjectStoreError where error.code == "InvalidRange" {
      return nil
    }
  }

  /// Writes a document that caches must ask for again each time.
  ///
  /// - Returns: its ETag; `nil` if the condition was not met.
  /// - Throws: `ObjectStoreError`.
  @discardableResult
  package func write(
    _ value: some Encodable, at key: String, in bucket: String, if condition: Condition = .none
  ) async throws -> ETag? {
    try await write(
      bytes: try JSON.encode(value), at: key, in: bucket, contentType: "application/json", if: condition)
  }

  /// As the other `write`, for bytes.
  @discardableResult
  package func write(
    bytes: [UInt8], at key: String, in bucket: String, contentType: String, if condition: Condition = .none
  ) async throws -> ETag? {
    var options = PutOptions()
    options.contentType = contentType
    options.cacheControl = "no-cache"
    switch condition {
    case .none: break
    case .absent: options.ifNoneMatch = true
    case .unchanged(let etag): options.ifMatch = etag
    }
    do {
      return try await objects.put(bytes, as: key, in: bucket, options: options)
    } catch let error as ObjectStoreError where error.isPreconditionFailure {
      if case .none = condition { throw error }
      return nil
    }
  }

  private func absentAsNil<Value>(_ read: () async throws -> Value) async throws -> Value? {
    do {
      return try await read()
    } catch let error as ObjectStoreError
      where error.code == "NoSuchKey" || error.httpStatus == 404 && error.code != "NoSuchBucket"
    {
      return nil
    }
  }
}

extension ObjectStoreError {
  /// A conditional request met another state: 412, or 404 for `If-Match` on an object that has gone.
  package var isPreconditionFailure: Bool {
    httpStatus == 412 || code == "PreconditionFailed" || code == "NoSuchKey"
  }
}
