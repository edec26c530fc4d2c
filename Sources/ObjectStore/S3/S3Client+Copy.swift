import HTTPTransport
package import Core
import Encodings
package import S3Protocol

extension S3Client {
  /// Writes an object over itself with other metadata. Its bytes and its content type stay, and stores report it as new.
  ///
  /// - Parameters:
  ///   - info: the object as it was seen; one that has been replaced since is left alone.
  ///   - bucket: where it is.
  ///   - metadata: all of the metadata that it is to have.
  /// - Returns: its tag.
  /// - Throws: `PreconditionFailed` if it has been replaced since; `EntityTooLarge` or the like from stores that limit
  ///   what one request copies (5 GiB on AWS).
  package func rewrite(_ info: ObjectInfo, in bucket: String, metadata: [String: String]) async throws -> ETag {
    var options = PutOptions(contentType: info.contentType)
    options.metadata = metadata
    var operation = S3Operation("PUT", bucket: bucket, key: info.key)
    try operation.apply(options)
    let key = configuration.keyPrefix.stored(info.key, in: bucket)
    operation.headers.append(
      ("x-amz-copy-source", "/\(bucket)/\(PercentEncoding.encode(key, keepSlash: true))"))
    operation.headers.append(("x-amz-copy-source-if-match", info.etag.quoted))
    operation.headers.append(("x-amz-metadata-directive", "REPLACE"))
    let response = try await perform(operation)
    return try await ObjectStoreError.mapping(subject: operation.subject) {
      // A copy that fails after it has begun is told in a body of status 200.
      try CopyObjectResult.decode(response.body).etag
    }
  }
}
