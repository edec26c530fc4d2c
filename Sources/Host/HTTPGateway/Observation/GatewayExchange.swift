/// One request and its answer, as metrics and access log see it.
package struct GatewayExchange: Sendable {
  package var requestID: String
  package var sourceAddress: String
  package var method: String
  /// Path and query as on the wire.
  package var target: String
  /// `GET /pets/{id}`; `URL NAME` for a function URL; `none` if nothing takes the request.
  package var route: String
  package var function: String?
  package var status: Int
  package var sentBytes: Int
  /// From the request's head to the first byte of the answer.
  package var firstByte: Duration
  /// To the end of the answer.
  package var total: Duration
  /// The answer was broken off.
  package var isAborted: Bool

  package init(
    requestID: String, sourceAddress: String, method: String, target: String, route: String, function: String?,
    status: Int, sentBytes: Int, firstByte: Duration, total: Duration, isAborted: Bool
  ) {
    self.requestID = requestID
    self.sourceAddress = sourceAddress
    self.method = method
    self.target = target
    self.route = route
    self.function = function
    self.status = status
    self.sentBytes = sentBytes
    self.firstByte = firstByte
    self.total = total
    self.isAborted = isAborted
  }
}
