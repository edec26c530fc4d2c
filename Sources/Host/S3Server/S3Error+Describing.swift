import NIOCore
import Core
import S3Protocol
import SigV4

extension S3Error {
  /// What the client is told of an error: S3's own as they are, everything else without its details.
  init(describing error: any Error) {
    switch error {
    case let error as S3Error:
      self = error
    case let error as SigV4Error:
      self.init(code: error.code, message: error.message, httpStatus: error.httpStatus, extra: error.details)
    case is NIOTooManyBytesError:
      self.init(.maxMessageLengthExceeded)
    case let error as any ClassifiedError where error.code == "StorageFull":
      // 507 (RFC 4918 §11.5): clients take it for final, while 500 and 503 make them try again without success.
      self.init(
        code: "InsufficientStorage", message: "The disk which holds the objects is full; nothing was stored.",
        httpStatus: 507)
    case let error as any ClassifiedError where error.isRetryable:
      self.init(.serviceUnavailable)
    default:
      self.init(.internalError)
    }
  }
}
