package import Core

/// Lambda's destination record of an asynchronous invocation whose every try has failed.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
package struct InvocationFailure: Sendable {
  /// The event that could not be handled.
  package let event: JSONValue
  /// A sentence for a person: how often it was tried and what happened.
  package let reason: String
  /// ARN of the function; empty if the record does not name it.
  package let functionARN: String
  package let requestID: String
  /// The host ended before the function was done, so that the work itself may be sound.
  package let isInterruption: Bool

  package struct Invalid: ClassifiedError {
    package let message: String
    package var code: String { "InvalidEvent" }
    package var isRetryable: Bool { false }
  }

  /// - Throws: `Invalid` if `record` is no failure record.
  package init(record: JSONValue) throws(Invalid) {
    guard let payload = record["requestPayload"] else {
      throw Invalid(message: "expected the failure record of an asynchronous invocation, with 'requestPayload'")
    }
    let context = record["requestContext"]
    let cause =
      record["responsePayload"]?["errorMessage"]?.stringValue ?? context?["condition"]?.stringValue ?? "unknown error"
    event = payload
    isInterruption = context?["condition"]?.stringValue == "Interrupted"
    reason =
      isInterruption
      ? cause
      : context?["approximateInvokeCount"]?.intValue.map { "gave up after \($0) attempts: \(cause)" }
        ?? "gave up: \(cause)"
    functionARN = context?["functionArn"]?.stringValue ?? ""
    requestID = context?["requestId"]?.stringValue ?? ""
  }
}
