/// What a function does with its events: a `FunctionHandler` returns whole results, a `StreamingHandler` writes them in
/// pieces.
package protocol InvocationHandler: Sendable {}

/// Answers an event with a whole result.
package protocol FunctionHandler: InvocationHandler {
  /// Answers one event; one call at a time per process.
  ///
  /// - Parameters:
  ///   - event: JSON as the platform delivered it, not looked at.
  ///   - context: of this invocation.
  /// - Returns: the result, JSON.
  /// - Throws: what another try may mend. The platform is told (a `ClassifiedError`'s `code` becomes the error's type)
  ///   and retries or dead-letters the event; the process lives on and gets further events.
  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8]

  /// All that it does between two waits takes well below a millisecond, so it runs on the thread that talks to the platform,
  /// and nothing of it runs at the same time. Default: false, it runs on the cooperative pool.
  var isBrief: Bool { get }
}

extension FunctionHandler {
  package var isBrief: Bool { false }
}

/// Answers an event with a stream of bytes.
package protocol StreamingHandler: InvocationHandler {
  /// Answers one event; one call at a time per process. Returning ends the stream.
  ///
  /// - Parameters:
  ///   - event: JSON as the platform delivered it, not looked at.
  ///   - response: takes the result; without any call to it the result is empty.
  ///   - context: of this invocation.
  /// - Throws: before the first byte of the result, as `FunctionHandler` does. Afterwards the error ends the stream, and
  ///   the caller sees that it is incomplete.
  func handle(_ event: [UInt8], _ response: ResponseWriter, _ context: InvocationContext) async throws
}
