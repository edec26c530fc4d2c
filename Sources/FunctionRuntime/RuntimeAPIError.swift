import Core

/// The platform did not behave as the Runtime API says, or the process cannot reach it any more.
struct RuntimeAPIError: ClassifiedError {
  let code: String
  let message: String
  var isRetryable: Bool { false }
}

/// The platform did not take one result (too large, invocation already over); it knows the invocation's fate itself.
struct ResultRefused: ClassifiedError {
  let status: Int
  let message: String
  var code: String { "ResultRefused" }
  var isRetryable: Bool { false }
}
