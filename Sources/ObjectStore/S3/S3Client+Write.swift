import HTTPTransport
import Core
package import S3Protocol

extension S3Client {
  package func put(
    _ bytes: [UInt8], as key: String, in bucket: String, options: PutOptions
  ) async throws -> ETag {
    var operation = S3Operation("PUT", bucket: bucket, key: key)
    try operation.apply(options)
    operation.isConditional = options.isConditional
    let digests = try await ContentDigests.of(bytes, areSigned: signsBodies)
    operation.setBody(bytes, digests)
    return try await conditionally(operation, options) {
      // Only the first try can find the object in the state that was asked for; what a later try finds may be its work.
      let info = try await self.head(key, in: bucket)
      if info.etag == ETag(md5: digests.md5) { return info.etag }
      // Encrypted objects' tags are not their MD5.
      guard info.size == bytes.count else { return nil }
      let found = try await self.get(key, in: bucket, range: nil, ifMatch: nil)
      return found.bytes == bytes ? found.info.etag : nil
    }
  }

  package func put(
    held address: String, as key: String, in bucket: String, options: PutOptions
  ) async throws -> ETag? {
    // Another store would take the request for an object without bytes.
    guard configuration.holdsFiles, address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
    var operation = S3Operation("PUT", bucket: bucket, key: key)
    try operation.apply(options)
    operation.isConditional = options.isConditional
    operation.headers.append((HeldFileHeader.name, address))
    do {
      return try await conditionally(operation, options) { nil }
    } catch let error as ObjectStoreError where error.code == S3ErrorCode.notImplemented.rawValue {
      return nil
    }
  }

  /// Carries out a write, conditional or not.
  ///
  /// - Parameter confirm: called where a condition does not hold on a later try although an earlier one may have been
  ///   carried out; the object's tag if what is there was written by it.
  /// - Returns: the object's tag.
  func conditionally(
    _ operation: S3Operation, _ options: PutOptions, confirm: @Sendable () async throws -> ETag?
  ) async throws -> ETag {
    var mayHaveHappened = false
    return try await configuration.retry.run { _ in
      do {
        let response = try await attempt(operation)
        guard let etag = response.headers["etag"], !etag.isEmpty else {
          throw ObjectStoreError.invalidResponse("no ETag", subject: operation.subject)
        }
        return ETag(etag)
      } catch let error as ObjectStoreError {
        if error.code == S3ErrorCode.preconditionFailed.rawValue, options.isConditional, mayHaveHappened,
          let etag = try await confirm()
        {
          return etag
        }
        mayHaveHappened = mayHaveHappened || error.mayHaveHappened
        throw error
      }
    }
  }

  /// Does nothing where the bucket is this account's already.
  package func createBucket(_ bucket: String) async throws {
    var operation = S3Operation("PUT", bucket: bucket)
    if configuration.region != "us-east-1" {
      operation.setBody(CreateBucketConfiguration(locationConstraint: configuration.region).encode())
    }
    do {
      _ = try await perform(operation)
    } catch let error as ObjectStoreError where error.code == S3ErrorCode.bucketAlreadyOwnedByYou.rawValue {}
  }

  /// - Throws: `NoSuchBucket`.
  package func headBucket(_ bucket: String) async throws {
    let operation = S3Operation("HEAD", bucket: bucket)
    do {
      _ = try await perform(operation)
    } catch let error as ObjectStoreError where error.httpStatus == 404 {
      // The answer to a HEAD has no body that could say so.
      throw ObjectStoreError(.noSuchBucket, subject: operation.subject)
    }
  }
}

extension S3Operation {
  /// - Throws: `ObjectStoreError` (`InvalidArgument`, `MetadataTooLarge`) for options that cannot be sent.
  mutating func apply(_ options: PutOptions) throws(ObjectStoreError) {
    do {
      try options.validate()
    } catch {
      throw ObjectStoreError(error, subject: subject)
    }
    if let type = options.contentType { headers.append(("Content-Type", type)) }
    if let control = options.cacheControl { headers.append(("Cache-Control", control)) }
    headers += UserMetadata.headers(options.metadata)
    applyConditions(options)
  }

  mutating func applyConditions(_ options: PutOptions) {
    if let etag = options.ifMatch { headers.append(("If-Match", etag.quoted)) }
    if options.ifNoneMatch { headers.append(("If-None-Match", "*")) }
  }
}

extension PutOptions {
  /// - Throws: `S3Error`.
  func validate() throws(S3Error) {
    guard ifMatch == nil || !ifNoneMatch else {
      throw S3Error(.invalidArgument, message: "An object cannot be asked to exist and not to exist.")
    }
    try UserMetadata.validate(metadata)
  }
}
