/// An error as S3 puts it on the wire, for server and client.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
package struct S3Error: Error, Sendable, Equatable {
  /// S3's name, `NoSuchKey`; a received one may be none of `S3ErrorCode`.
  package var code: String
  /// One sentence for a person.
  package var message: String
  package var httpStatus: Int
  /// The bucket or object that is meant, as a path: `/bucket/key`.
  package var resource: String?
  package var requestID: String?
  /// The same request may succeed later with nothing changed.
  package var isRetryable: Bool
  /// Additional elements: `BucketName`, `Condition`, `ArgumentName`, …
  package var extra: [String: String]
  /// Headers that go with the answer, such as those of a 304.
  package var headers: [String: String] = [:]

  /// - Parameter message: the catalogue's sentence by default.
  package init(
    _ code: S3ErrorCode, message: String? = nil, resource: String? = nil, extra: [String: String] = [:]
  ) {
    self.init(
      code: code.rawValue, message: message ?? code.defaultMessage, httpStatus: code.httpStatus, resource: resource,
      extra: extra)
  }

  /// For a code that need not be in the catalogue; whether to try again follows from the code or, for an unknown one,
  /// from the status.
  package init(
    code: String, message: String, httpStatus: Int, resource: String? = nil, requestID: String? = nil,
    extra: [String: String] = [:]
  ) {
    self.code = code
    self.message = message
    self.httpStatus = httpStatus
    self.resource = resource
    self.requestID = requestID
    self.extra = extra
    isRetryable = S3ErrorCode(rawValue: code)?.isRetryable ?? (httpStatus >= 500 || httpStatus == 429)
  }

  /// The code, where it is one of the catalogue.
  package var knownCode: S3ErrorCode? { S3ErrorCode(rawValue: code) }
}

extension S3Error: CustomStringConvertible {
  package var description: String { "\(code): \(message)" }
}
