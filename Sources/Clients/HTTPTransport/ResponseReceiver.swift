/// What a transfer hands its response to; called by the transport's thread only, in this order.
protocol ResponseReceiver: AnyObject, Sendable {
  /// The final response's head is there.
  ///
  /// - Returns: an error where the response is not wanted.
  func begin(_ head: ResponseHead) -> TransportError?

  /// Some of the body, at most 16 KiB (libcurl's `CURL_MAX_WRITE_SIZE`).
  func take(_ bytes: UnsafeRawBufferPointer) -> BodyDisposition

  /// The last call: the response is complete, or it failed.
  func end(_ error: TransportError?)
}

/// What became of some bytes of a body.
enum BodyDisposition {
  case taken
  /// There is no room: the same bytes come again after `CurlDriver.resume`.
  case later
  case refused(TransportError)
}
