import HTTPServer
package import HTTPTypes
import HummingbirdCore
import NIOCore

/// An answer of the gateway itself, in API Gateway's form: `{"message":…}`.
package struct Refusal: Error {
  package var status: HTTPResponse.Status
  var message: String
  /// The rest of the request is not read, and the connection ends with the answer.
  var closes = false

  static let notFound = Refusal(status: .notFound, message: "Not Found")
  static let forbidden = Refusal(status: .forbidden, message: "Forbidden")
  static let badRequest = Refusal(status: .badRequest, message: "Bad Request")
  static let tooLarge = Refusal(status: .contentTooLarge, message: "Request Entity Too Large", closes: true)
  static let throttled = Refusal(status: .tooManyRequests, message: "Too Many Requests")
  static let unavailable = Refusal(status: .serviceUnavailable, message: "Service Unavailable")
  /// Too many bodies are held in memory at the moment.
  static let noMemory = Refusal(status: .serviceUnavailable, message: "Service Unavailable", closes: true)
  static let timedOut = Refusal(status: .gatewayTimeout, message: "Endpoint request timed out")

  /// What a caller hears of a function that failed: nothing of the reason.
  static func failed(_ target: GatewayTarget) -> Refusal {
    target.isFunctionURL
      ? Refusal(status: .badGateway, message: "Internal Server Error")
      : Refusal(status: .internalServerError, message: "Internal Server Error")
  }

  var response: Response {
    var response = Response(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: "{\"message\":\"\(message)\"}")))
    response.headers[.retryAfter] = RetryHint.seconds(status: status.code)
    if closes { response.headers[.connection] = "close" }
    return response
  }
}
