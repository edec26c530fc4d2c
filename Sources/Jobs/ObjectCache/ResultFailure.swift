import Core
import LambdaEvents
import ObjectStore

/// Why a result could not be made, as its callers learn it.
package struct ResultFailure: ClassifiedError, Equatable {
  /// Of the HTTP answer, 400 … 599.
  package let statusCode: Int
  package let code: String
  package let message: String
  /// Another run may succeed: it is thrown on, for the platform to try again, and the next caller need not wait.
  package let isRetryable: Bool

  package init(statusCode: Int, code: String, message: String, isRetryable: Bool = false) {
    self.statusCode = statusCode
    self.code = code
    self.message = message
    self.isRetryable = isRetryable
  }

  /// The code of the failure that no run makes the result: it may still wait in a queue.
  package static let notUnderWay = "NotUnderWay"

  package static let tooSlow = ResultFailure(
    statusCode: 504, code: "TooSlow", message: "the result did not come in time; ask for it again", isRetryable: true)

  static let makerLost = ResultFailure(
    statusCode: 503, code: "MakerLost", message: "the run that made this result has stopped; ask for it again",
    isRetryable: true)

  /// What any error means to waiting callers: 500, 502 if another try may help, 507 if the store is full.
  package init(_ error: any Error) {
    if let failure = error as? ResultFailure {
      self = failure
      return
    }
    if let error = error as? ObjectStoreError, error.isStorageFull {
      self.init(statusCode: 507, code: "InsufficientStorage", message: error.message, isRetryable: true)
      return
    }
    let classified = error as? any ClassifiedError
    let isRetryable = classified?.isRetryable ?? true
    self.init(
      statusCode: isRetryable ? 502 : 500, code: classified?.code ?? "\(type(of: error))",
      message: classified?.message ?? "\(error)", isRetryable: isRetryable)
  }

  init(_ claim: ResultClaim) {
    self.init(
      statusCode: claim.statusCode ?? 500, code: claim.error ?? "Failed", message: claim.message ?? "the result failed",
      isRetryable: claim.isRetryable ?? false)
  }
}

/// Another run has taken over because this one did not renew its claim in time; what this one still makes is void.
package struct ClaimLost: ClassifiedError {
  package var code: String { "ClaimLost" }
  package var message: String { "another run has taken over this result" }
  package var isRetryable: Bool { true }
}
