import Core

/// An error of the whole request, as AWS JSON 1.1 services answer it: a status and a body with `__type` and `message`.
package struct ServiceError: ClassifiedError, Equatable {
  package let code: String
  package let message: String
  package let httpStatus: Int
  /// Which limit was met, where the service says so.
  package var reason: String?

  package init(code: String, message: String, httpStatus: Int = 400) {
    self.code = code
    self.message = message
    self.httpStatus = httpStatus
  }

  /// Server errors and throttling, whichever of its names and statuses it comes under.
  package var isRetryable: Bool {
    httpStatus >= 500 || httpStatus == 429 || code.hasPrefix("Throttling") || code == "TooManyRequestsException"
      || code == "RequestTimeout"
  }

  package static func validation(_ message: String) -> ServiceError {
    ServiceError(code: "ValidationException", message: message)
  }

  package static func notFound(_ message: String) -> ServiceError {
    ServiceError(code: "ResourceNotFoundException", message: message)
  }

  /// The response's body.
  package func body() -> [UInt8] {
    var members: [String: JSONValue] = ["__type": .string(code), "message": .string(message)]
    if let reason { members["Reason"] = .string(reason) }
    // Encoding strings cannot fail.
    return (try? JSON.encode(JSONValue.object(members))) ?? []
  }

  /// Reads what a service answered with a status of 300 or more; a body that is not its JSON is no problem.
  package static func decode(status: Int, body: [UInt8]) -> ServiceError {
    let json = try? JSON.decode(JSONValue.self, from: body)
    // Some services write `namespace#Code`.
    let type = json?["__type"]?.stringValue?.split(separator: "#").last.map(String.init)
    return ServiceError(
      code: type ?? "HTTPStatus\(status)",
      message: (json?["message"] ?? json?["Message"])?.stringValue ?? "the event bus answered with status \(status)",
      httpStatus: status)
  }
}
