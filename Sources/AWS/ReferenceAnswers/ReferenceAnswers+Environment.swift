import AWSCredentials
package import Core
package import HTTPTransport
package import Logging
import ObjectStore

extension ReferenceAnswers {
  /// Reads where the store is and the credentials for it.
  ///
  /// - Throws: `ConfigurationError` naming what is missing.
  package init(environment: [String: String], http: any HTTPClient, logger: Logger) throws {
    var reader = EnvironmentReader(environment)
    let credentials = CredentialsChain.provider(environment: &reader, http: http)
    let client = S3Client(configuration: S3Configuration(environment: &reader, credentials: credentials), http: http)
    try reader.validate()
    self.init(
      store: client,
      presign: { key, bucket, expires, headers in
        try await client.presignedGet(key, in: bucket, expires: expires, headers: headers)
      }, logger: logger)
  }
}
