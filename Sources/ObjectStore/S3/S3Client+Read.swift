import HTTPTransport
package import RuntimeCore
package import S3Protocol

extension S3Client {
  package func head(_ key: String, in bucket: String) async throws -> ObjectInfo {
    let operation = S3Operation("HEAD", bucket: bucket, key: key)
    return try await configuration.retry.run { _ in
      let response = try await attempt(operation)
      return try ObjectInfo(key: key, headers: response.headers, subject: operation.subject)
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
