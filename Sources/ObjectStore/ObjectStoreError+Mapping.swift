import AWSCredentials
import HTTPTransport
import Core
import S3Protocol

extension ObjectStoreError {
  /// - Parameter subject: what was operated on.
  init(_ error: S3Error, subject: String) {
    self.init(
      code: error.code, message: "\(subject): \(Self.sentence(error))", httpStatus: error.httpStatus,
      isRetryable: error.isRetryable || Self.isDamage(error), requestID: error.requestID,
      mayHaveHappened: error.httpStatus >= 500 && error.knownCode != .slowDown)
  }

  init(_ error: TransportError, subject: String) {
    self.init(
      code: error.code, message: "\(subject): \(error.message)", httpStatus: nil, isRetryable: error.isRetryable,
      mayHaveHappened: error.wasSent)
  }

  init(_ code: S3ErrorCode, _ message: String? = nil, subject: String) {
    self.init(S3Error(code, message: message), subject: subject)
  }

  /// What `body` throws, as an error of the store: cancellation stays what it is.
  static func mapping<Result>(subject: String, _ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as S3Error {
      throw ObjectStoreError(error, subject: subject)
    } catch let error as TransportError where error.kind == .cancelled {
      throw CancellationError()
    } catch let error as TransportError {
      throw ObjectStoreError(error, subject: subject)
    } catch let error as CredentialsError {
      throw ObjectStoreError(
        code: error.code, message: "\(subject): \(error.message)", httpStatus: nil, isRetryable: error.isRetryable,
        mayHaveHappened: false)
    }
  }

  /// The store found other bytes than were sent, which the next try need not meet.
  private static func isDamage(_ error: S3Error) -> Bool {
    switch error.knownCode {
    case .badDigest, .contentSHA256Mismatch, .contentChecksumMismatch, .incompleteBody: true
    default: false
    }
  }

  private static func sentence(_ error: S3Error) -> String {
    // A store in another region tells where to go.
    let hint = error.extra["Region"] ?? error.extra["Endpoint"]
    return hint.map { "\(error.message) (it says '\($0)')" } ?? error.message
  }
}
