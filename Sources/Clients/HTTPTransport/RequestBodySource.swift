/// Where a transfer gets its request's body piece by piece; called by the transport's thread only.
protocol RequestBodySource: AnyObject, Sendable {
  func fill(_ buffer: UnsafeMutableRawBufferPointer) -> RequestBodyPiece
  /// Whether nothing has been taken yet, so that the request can be sent once more.
  var isUntouched: Bool { get }
  var trailers: [(name: String, value: String)] { get }
}

enum RequestBodyPiece {
  /// That many bytes, at least one.
  case bytes(Int)
  case end
  /// Nothing is there yet: ask again after `CurlDriver.resume`.
  case later
}
