import AWSCredentials
import Core
import S3Protocol
import SigV4

extension S3Client {
  /// An address that any client may fetch the object from for `expires` seconds, 1 … 604,800 (a week).
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
  ///
  /// - Parameters:
  ///   - key: of the object, which need not exist yet.
  ///   - bucket: of the object.
  ///   - expires: seconds, 1 … 604,800 (a week).
  ///   - headers: of the answer, in place of the object's own: `content-type`, `content-disposition`,
  ///     `cache-control`, `content-language`, `content-encoding`, `expires`.
  package func presignedGet(
    _ key: String, in bucket: String, expires: Int, headers: [(name: String, value: String)] = []
  ) async throws -> String {
    let query = headers.map { (name: "response-\($0.name)", value: String?.some($0.value)) }
    return try await presigned("GET", key, in: bucket, query: query, expires: expires)
  }

  /// An address that any client may put the object to for `expires` seconds, 1 … 604,800 (a week).
  package func presignedPut(
    _ key: String, in bucket: String, expires: Int, for origin: PresignedOrigin = .clients
  ) async throws -> String {
    try await presigned("PUT", key, in: bucket, expires: expires, for: origin)
  }

  /// Begins an upload in parts that clients carry out by presigned addresses.
  ///
  /// - Returns: the upload's identifier.
  package func beginUpload(_ key: String, in bucket: String, options: PutOptions) async throws -> String {
    try await createUpload(key, in: bucket, options).id
  }

  /// An address that any client may put a part of such an upload to, number 1 … 10,000.
  package func presignedPart(
    _ number: Int, of upload: String, _ key: String, in bucket: String, expires: Int,
    for origin: PresignedOrigin = .clients
  ) async throws -> String {
    let query = [(name: "partNumber", value: String?.some("\(number)")), (name: "uploadId", value: upload)]
    return try await presigned("PUT", key, in: bucket, query: query, expires: expires, for: origin)
  }

  /// An address to which the list of the parts is posted, as `CompleteMultipartUpload`.
  package func presignedCompletion(
    of upload: String, _ key: String, in bucket: String, expires: Int, for origin: PresignedOrigin = .clients
  ) async throws -> String {
    try await presigned(
      "POST", key, in: bucket, query: [(name: "uploadId", value: upload)], expires: expires, for: origin)
  }

  private func presigned(
    _ method: String, _ key: String, in bucket: String, query: [(name: String, value: String?)] = [], expires: Int,
    for origin: PresignedOrigin = .clients
  ) async throws -> String {
    try await ObjectStoreError.mapping(subject: "'\(key)' in bucket '\(bucket)'") {
      let address = try (origin == .own ? endpoint : publicEndpoint).get().address(bucket: bucket, key: key)
      let now = clock.now()
      let credentials = try await configuration.credentials.credentials(at: now)
      let signer = SigV4Signer(credentials: credentials, region: configuration.region, service: "s3")
      let request = SignableRequest(
        method: method, path: address.path, query: query, headers: [("host", address.host)])
      var url = address.url
      if case .through(let base) = origin, configuration.publicEndpoint == nil { url = base + address.path }
      return "\(url)?\(signer.presignedQuery(for: request, expires: expires, at: now))"
    }
  }
}
