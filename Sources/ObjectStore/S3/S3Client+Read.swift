import HTTPTransport
package import Core
package import S3Protocol

extension S3Client {
  package func head(_ key: String, in bucket: String) async throws -> ObjectInfo {
    let operation = S3Operation("HEAD", bucket: bucket, key: key)
    return try await configuration.retry.run { _ in
      let response = try await attempt(operation)
      return try ObjectInfo(key: key, headers: response.headers, subject: operation.subject)
    }
  }

  /// Asks by `Prefer: wait` (RFC 7240 §4.3), which the embedded store knows; others answer at once.
  package func awaitChange(
    of key: String, in bucket: String, from etag: ETag?, atMost timeout: Duration
  ) async throws {
    var operation = S3Operation("HEAD", bucket: bucket, key: key)
    // Shorter than any time-out on the way.
    operation.headers.append(("Prefer", "wait=\(max(1, min(10, Int(timeout / .seconds(1)))))"))
    if let etag { operation.headers.append(("If-None-Match", etag.quoted)) }
    do {
      _ = try await perform(operation)
    } catch let error as ObjectStoreError where error.httpStatus == 404 || error.httpStatus == 304 {
      // As it was.
    }
  }

  package func get(
    _ key: String, in bucket: String, range: ClosedRange<Int64>?, ifMatch: ETag?
  ) async throws -> (info: ObjectInfo, bytes: [UInt8]) {
    var operation = S3Operation("GET", bucket: bucket, key: key)
    if let range {
      operation.headers.append(("Range", ByteRange.header(range)))
    }
    if let ifMatch { operation.headers.append(("If-Match", ifMatch.quoted)) }
    return try await configuration.retry.run { [operation] _ in
      let response = try await attempt(operation)
      let info = try ObjectInfo(key: key, headers: response.headers, subject: operation.subject)
      var bytes = response.body
      if let range {
        bytes = try response.part(range, of: info, subject: operation.subject)
      } else if bytes.count != info.size {
        throw ObjectStoreError(
          .incompleteBody, "\(info.size) bytes were announced, \(bytes.count) came.", subject: operation.subject)
      }
      return (info, bytes)
    }
  }

  package func open(_ key: String, in bucket: String, info: ObjectInfo) throws -> any ByteSource {
    HTTPRangeSource(key: key, bucket: bucket, info: info, client: self)
  }
}
