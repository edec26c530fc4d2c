/// What a function does with one event.
package protocol FunctionHandler: Sendable {
  /// Answers one event; one call at a time per process.
  ///
  /// - Parameter event: JSON as the platform delivered it, not looked at.
  /// - Returns: the result, JSON.
  /// - Throws: what another try may mend. The platform is told (a `ClassifiedError`'s `code` becomes the error's type)
  ///   and retries or dead-letters the event; the process lives on and gets further events.
  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8]
}
