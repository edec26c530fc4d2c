import Core

/// An operation on an object or bucket that failed: refused by the store, or never answered.
package struct ObjectStoreError: ClassifiedError {
  /// S3's own name (`NoSuchKey`, `PreconditionFailed`, `SlowDown` …), `TransportError`'s (`TimedOut` …) where no
  /// response came, `SourceReplaced` where an object that is being read was overwritten or deleted, or
  /// `IncompleteBody` where a response was shorter or longer than announced.
  package let code: String
  package let message: String
  /// Of the response; `nil` where none came.
  package let httpStatus: Int?
  package let isRetryable: Bool
  /// `x-amz-request-id`, for the store's operator.
  package let requestID: String?

  /// The operation may have been carried out although it failed: the answer got lost.
  package let mayHaveHappened: Bool

  package init(
    code: String, message: String, httpStatus: Int? = nil, isRetryable: Bool, requestID: String? = nil,
    mayHaveHappened: Bool = false
  ) {
    self.code = code
    self.message = message
    self.httpStatus = httpStatus
    self.isRetryable = isRetryable
    self.requestID = requestID
    self.mayHaveHappened = mayHaveHappened
  }

  /// The store, or the bucket by its quota, takes no more. S3 has no code for it, so every store has its own.
  package var isStorageFull: Bool { httpStatus == 507 || Self.fullCodes.contains(code) }

  private static let fullCodes: Set<String> = [
    "InsufficientStorage", "StorageFull", "QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded",
  ]
}
