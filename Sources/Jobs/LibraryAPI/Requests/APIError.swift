import Core
package import LambdaEvents

/// An answer that refuses, as clients receive it: `{"error", "message"}`.
package struct APIError: ClassifiedError, Equatable {
  package let status: Int
  package let message: String
  package let retryAfter: Int?

  package init(_ status: Int, _ message: String, retryAfter: Int? = nil) {
    self.status = status
    self.message = message
    self.retryAfter = retryAfter
  }

  /// The same for what is not there and for what the caller must not know of.
  package static let notFound = APIError(404, "There is no such file.")
  package static let noSession = APIError(401, "A valid session is needed: sign in again.")

  package var code: String { Self.name(of: status) }
  package var isRetryable: Bool { status >= 500 }

  package var result: HTTPResult {
    var result = Self.result(status: status, message: message)
    if let retryAfter { result.headers.append(.init("retry-after", "\(retryAfter)")) }
    if status == 401 { result.headers.append(.init("www-authenticate", "Bearer")) }
    return result
  }

  package static func result(status: Int, message: String) -> HTTPResult {
    let body = try? JSON.encode(JSONValue.object(["error": .string(name(of: status)), "message": .string(message)]))
    var result = HTTPResult.bytes(body ?? [], contentType: "application/json", status: status)
    result.headers.append(.init("cache-control", "no-store"))
    return result
  }

  private static func name(of status: Int) -> String {
    switch status {
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 409: "Conflict"
    case 413: "Content Too Large"
    case 415: "Unsupported Media Type"
    case 422: "Unprocessable Content"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    default: status < 500 ? "Bad Request" : "Internal Server Error"
    }
  }
}
