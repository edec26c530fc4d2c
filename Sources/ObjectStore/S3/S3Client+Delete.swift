import HTTPTransport
import Core
package import S3Protocol

extension S3Client {
  package func delete(_ keys: [String], in bucket: String) async throws {
    // What XML cannot hold must be deleted by itself; a single key is cheaper that way, too.
    let singly = keys.count == 1 ? keys : keys.filter { !$0.isXMLText }
    let together = keys.count == 1 ? [] : keys.filter(\.isXMLText)
    var failures: [ObjectStoreError] = []
    for key in singly {
      do {
        _ = try await perform(S3Operation("DELETE", bucket: bucket, key: key))
      } catch let error as ObjectStoreError where error.code == S3ErrorCode.noSuchKey.rawValue {
        // S3 does not say so, but some who speak its protocol do.
      } catch let error as ObjectStoreError where error.httpStatus != nil && singly.count > 1 {
        failures.append(error)
      }
    }
    var rest = together[...]
    while !rest.isEmpty {
      failures += try await deleteBatch(Array(rest.prefix(DeleteRequest.maximumObjects)), in: bucket)
      rest = rest.dropFirst(DeleteRequest.maximumObjects)
    }
    guard let first = failures.first else { return }
    guard failures.count > 1 else { throw first }
    throw ObjectStoreError(
      code: first.code, message: "\(first.message) (and \(failures.count - 1) more of \(keys.count) objects)",
      httpStatus: first.httpStatus, isRetryable: failures.contains(where: \.isRetryable), requestID: first.requestID)
  }

  /// Stores that do not know the condition pass over it.
  package func delete(_ key: String, in bucket: String, ifMatch etag: ETag) async throws -> Bool {
    var operation = S3Operation("DELETE", bucket: bucket, key: key)
    operation.headers.append(("If-Match", etag.quoted))
    do {
      _ = try await perform(operation)
      return true
    } catch let error as ObjectStoreError
      where [404, 409, 412].contains(error.httpStatus) && error.code != "NoSuchBucket"
    {
      return false
    }
  }

  /// Deletes up to 1,000 objects; those that the store could not delete for a passing reason are tried again.
  ///
  /// - Returns: one error per object that is still there.
  private func deleteBatch(_ keys: [String], in bucket: String) async throws -> [ObjectStoreError] {
    let place = configuration.keyPrefix
    var failures: [ObjectStoreError] = []
    var remaining = keys
    var passing: [ObjectStoreError] = []
    do {
      try await configuration.retry.run { _ in
        var operation = S3Operation("POST", bucket: bucket)
        operation.query = [("delete", nil)]
        let stored = remaining.map { DeleteRequest.Object(key: place.stored($0, in: bucket)) }
        operation.setBody(DeleteRequest(objects: stored, quiet: true).encode())
        let response = try await attempt(operation)
        let result = try await ObjectStoreError.mapping(subject: operation.subject) {
          try DeleteResult.decode(response.body)
        }
        remaining = []
        passing = []
        for failure in result.failures {
          let error = ObjectStoreError(failure, bucket: bucket)
          if error.isRetryable {
            remaining.append(place.known(failure.key, in: bucket))
            passing.append(error)
          } else {
            failures.append(error)
          }
        }
        if let error = passing.first { throw error }
      }
    } catch let error as ObjectStoreError where passing.contains(where: { $0.message == error.message }) {
      failures += passing
    }
    return failures
  }
}

extension ObjectStoreError {
  init(_ failure: DeleteResult.Failure, bucket: String) {
    let status = S3ErrorCode(rawValue: failure.code)?.httpStatus ?? 500
    self.init(
      S3Error(code: failure.code, message: failure.message, httpStatus: status),
      subject: "'\(failure.key)' in bucket '\(bucket)'")
  }
}

extension String {
  /// XML 1.0 §2.2 can hold it.
  fileprivate var isXMLText: Bool {
    unicodeScalars.allSatisfy { scalar in
      scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
        || scalar.value == 0x09 || scalar.value == 0x0A || scalar.value == 0x0D
    }
  }
}
