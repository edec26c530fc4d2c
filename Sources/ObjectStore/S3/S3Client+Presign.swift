import AWSCredentials
import Core
import S3Protocol
import SigV4

extension S3Client {
  /// An address that anybody may fetch the object from for `expires` seconds, 1 … 604,800 (a week).
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
  package func presignedGet(_ key: String, in bucket: String, expires: Int) async throws -> String {
    try await presigned("GET", key, in: bucket, expires: expires)
  }

  /// An address that anybody may put the object to for `expires` seconds, 1 … 604,800 (a week).
  package func presignedPut(_ key: String, in bucket: String, expires: Int) async throws -> String {
    try await presigned("PUT", key, in: bucket, expires: expires)
  }

  private func presigned(_ method: String, _ key: String, in bucket: String, expires: Int) async throws -> String {
    try await ObjectStoreError.mapping(subject: "'\(key)' in bucket '\(bucket)'") {
      let address = try self.address(bucket: bucket, key: key)
      let now = clock.now()
      let credentials = try await configuration.credentials.credentials(at: now)
      let signer = SigV4Signer(credentials: credentials, region: configuration.region, service: "s3")
      let request = SignableRequest(method: method, path: address.path, headers: [("host", address.host)])
      return "\(address.url)?\(signer.presignedQuery(for: request, expires: expires, at: now))"
    }
  }
}
