import ArgumentParser
import Dispatch
import Glibc
import Core
import Synchronization

/// SIGINT and SIGTERM cancel the command's task, so that it can clean up; a second signal ends the process at once.
enum SignalHandler {
  /// - Parameter isOrderly: A signal is the way to end this command, not a failure of it.
  static func guarding(isOrderly: Bool, _ work: @escaping @Sendable () async throws -> Void) async throws {
    let task = Task(operation: work)
    let count = Mutex(0)
    let sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        let times = count.withLock { count in
          count += 1
          return count
        }
        if times > 1 { ProcessEnvironment.exit(ExitCodes.interrupted.rawValue) }
        task.cancel()
      }
      source.resume()
      return source
    }
    defer { sources.forEach { $0.cancel() } }
    do {
      try await task.value
    } catch {
      guard count.withLock({ $0 }) > 0 else { throw error }
      if isOrderly, error is CancellationError { return }
      // Whatever a cancelled step threw, the cause was the signal.
      throw isOrderly ? error : ExitCodes.interrupted
    }
  }
}
