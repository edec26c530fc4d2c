import Core

/// Why a bus did not accept one entry; travels as `ErrorCode` and `ErrorMessage`.
package struct EntryRefusal: ClassifiedError, Equatable {
  package let code: String
  package let message: String

  package init(code: String, message: String) {
    self.code = code
    self.message = message
  }

  /// AWS documents these as worth another try and every other one as not.
  ///
  /// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html>
  package var isRetryable: Bool {
    ["InternalFailure", "InternalException", "ServiceUnavailable", "ThrottlingException"].contains(code)
  }

  static func required(_ name: String) -> EntryRefusal {
    invalid(name, "\(name) is a required argument.")
  }

  static func invalid(_ name: String, _ reason: String) -> EntryRefusal {
    EntryRefusal(code: "InvalidArgument", message: "Parameter \(name) is not valid. Reason: \(reason)")
  }

  static let malformedDetail = EntryRefusal(code: "MalformedDetail", message: "Detail is malformed.")

  static let notAuthorizedForSource = EntryRefusal(
    code: "NotAuthorizedForSourceException", message: "Not authorized for the source.")
}
