/// A request whose body is written in pieces and a response whose body is read in pieces, both with back-pressure.
///
/// One task writes and one task reads at a time. Releasing the exchange cancels it.
package protocol HTTPExchange: AnyObject, Sendable {
  /// Adds to the request's body; suspends while the buffer is full.
  ///
  /// - Throws: `TransportError` once the exchange has ended: the server need not read the whole body.
  func write(_ bytes: [UInt8]) async throws

  /// Ends the request's body.
  ///
  /// - Parameter trailers: sent after a body without a length; names that the header `Trailer` announces.
  func finish(trailers: [(name: String, value: String)])

  /// Suspends until the response's head has arrived. May be called repeatedly.
  ///
  /// - Throws: `TransportError`.
  func response() async throws -> (status: Int, headers: HTTPHeaders)

  /// The next bytes of the response's body, at least one; `nil` at its end. The connection is not read while the buffer
  /// is full.
  ///
  /// - Throws: `TransportError`, after every byte that arrived before the failure was read.
  func next() async throws -> [UInt8]?

  /// Ends the exchange; calls under way and later ones throw `Cancelled`. Any number of times.
  func cancel()
}

extension HTTPExchange {
  package func finish() { finish(trailers: []) }

  /// The rest of the response's body.
  ///
  /// - Throws: `TransportError` (`ResponseTooLarge`, and what `next` throws).
  package func collect(upTo limit: Int) async throws -> [UInt8] {
    var body: [UInt8] = []
    while let bytes = try await next() {
      guard body.count + bytes.count <= limit else {
        cancel()
        throw TransportError(.responseTooLarge, "the response is longer than the \(limit) bytes allowed")
      }
      body += bytes
    }
    return body
  }
}

/// Which body a request of an exchange has.
package enum ExchangeBody: Sendable {
  /// None beyond what the request itself carries.
  case none
  /// Written in pieces; its length is known.
  case sized(Int64)
  /// Written in pieces, sent in chunks.
  case chunked
}

extension HTTPClient {
  /// For clients that know whole bodies only, as those of tests.
  package func exchange(_ request: HTTPRequest, body: ExchangeBody, bufferLimit: Int) throws -> any HTTPExchange {
    throw TransportError(.badRequest, "\(request.subject): this client does not stream")
  }
}
