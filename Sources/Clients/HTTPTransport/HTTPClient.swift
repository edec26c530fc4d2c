/// Something that carries HTTP requests. It never retries; what to do about a failure is for callers who know what the
/// request means.
package protocol HTTPClient: Sendable {
  /// Sends a request and collects the response. Cancelling the task ends the transfer.
  ///
  /// - Throws: `TransportError` where no complete response came. A status of 400 or more is not an error.
  func send(_ request: HTTPRequest) async throws -> HTTPResponse

  /// Starts a request whose response body is read in pieces, with at most about `bufferLimit` bytes (at least 32 KiB)
  /// held at any time: the connection is not read while the buffer is full.
  ///
  /// - Throws: `TransportError` where the request cannot be sent at all (`BadRequest`); later failures come out of the
  ///   stream.
  func open(_ request: HTTPRequest, bufferLimit: Int) throws -> any HTTPBodyStream

  /// Starts a request whose body is written and whose response is read by tasks, with at most about `bufferLimit` bytes
  /// (at least 32 KiB) held in either direction.
  ///
  /// - Throws: `TransportError` where the request cannot be sent at all (`BadRequest`); later failures come out of the
  ///   exchange.
  func exchange(_ request: HTTPRequest, body: ExchangeBody, bufferLimit: Int) throws -> any HTTPExchange
}

/// The blocking end of a streamed response; for one thread of one's own at a time, never for the cooperative pool.
///
/// Releasing the stream cancels it.
package protocol HTTPBodyStream: AnyObject, Sendable {
  /// Blocks until the response's head has arrived. May be called repeatedly.
  ///
  /// - Throws: `TransportError`.
  func response() throws -> (status: Int, headers: HTTPHeaders)

  /// Blocks until at least one byte is there; returns how many were written to `buffer`, 0 at the end of the body.
  ///
  /// - Throws: `TransportError`, after every byte that arrived before the failure was read.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int

  /// How many bytes of the body have arrived so far, whether they were read or not.
  var receivedBytes: Int64 { get }

  /// Ends the transfer; calls under way and later ones throw `Cancelled`. From any thread, any number of times.
  func cancel()
}
