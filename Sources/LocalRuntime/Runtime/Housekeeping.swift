import FoundationEssentials
package import Logging
package import RuntimeCore
package import ServiceLifecycle

/// Throws away what has been kept for as long as it was meant to be: dead letters past their queue's retention.
package struct Housekeeping: Service {
  private let queue: any InvocationQueue
  private let retention: Duration
  private let clock: WallClock
  private let logger: Logger

  /// - Parameter retention: how long a dead letter is kept (SQS's `MessageRetentionPeriod`).
  package init(queue: any InvocationQueue, retention: Duration, clock: WallClock, logger: Logger) {
    self.queue = queue
    self.retention = retention
    self.clock = clock
    self.logger = logger
  }

  /// Once an hour until shutdown.
  package func run() async throws {
    try await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        await sweep()
        try? await Task.sleep(for: .seconds(3600))
      }
    }
  }

  package func sweep() async {
    do {
      let expired = try await queue.purge(nil, before: clock.now().addingTimeInterval(-retention.inSeconds))
      if expired > 0 { logger.notice("dead letters expired", metadata: ["count": "\(expired)"]) }
    } catch {
      // The next hour is early enough.
      logger.warning("cannot remove expired dead letters", metadata: ["error": "\(error)"])
    }
  }
}
