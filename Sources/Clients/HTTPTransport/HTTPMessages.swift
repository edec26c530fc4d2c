/// One request with its whole body in memory.
package struct HTTPRequest: Sendable {
  /// An RFC 9110 method token, `GET` say.
  package var method: String
  /// `http://` or `https://`, percent-encoded: the path and query go onto the wire byte for byte, dots and all.
  package var url: String
  package var headers: HTTPHeaders
  package var body: [UInt8]

  /// Until name, connection and TLS stand. Default 10 s.
  package var connectTimeout: Duration = .seconds(10)
  /// How long no byte may move in either direction once connected, the wait for the answer included; `.zero` means
  /// without a limit (long polls). A stream whose reader is slow does not stall. Default 30 s.
  package var stallTimeout: Duration = .seconds(30)
  /// From the call to the last byte, the wait for a free connection included. Default `nil`: none.
  package var totalTimeout: Duration? = nil
  /// A longer response body fails with `ResponseTooLarge`. Streams are bounded by their buffer instead. Default 64 MiB.
  package var maximumResponseBytes: Int = 64 << 20
  /// Whether libcurl may send the request a second time by itself, which it does where a kept-alive connection turns
  /// out to have been closed before any answer came. `false` makes that a `ConnectionReset`, for callers who must know
  /// how often the request may have been carried out. Default `true`.
  package var mayResend = true
  /// An IP address that the connection goes to, whatever the host's name resolves to; the name still counts for TLS and
  /// for the `Host` field. Default `nil`: the name is resolved.
  package var connectAddress: String? = nil

  package init(method: String = "GET", url: String, headers: HTTPHeaders = .init(), body: [UInt8] = []) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }
}

/// A response with its whole body in memory. Any status is a response, not an error; redirects are not followed.
package struct HTTPResponse: Sendable {
  package var status: Int
  package var headers: HTTPHeaders
  package var body: [UInt8]

  package init(status: Int, headers: HTTPHeaders = .init(), body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}
