extension DedicatedThread {
  /// Runs blocking work on a thread of its own and suspends until it has ended.
  ///
  /// Cancellation does not interrupt `work`; hand it something to look at where it must end early.
  package static func run<Value: Sendable>(
    name: String, stackSize: Int = 2 << 20, _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      do {
        _ = try DedicatedThread(name: name, stackSize: stackSize) {
          continuation.resume(with: Result { try work() })
        }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }
}
