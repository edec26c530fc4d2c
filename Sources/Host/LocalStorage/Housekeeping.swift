package import Invocations
import FoundationEssentials
package import Logging
package import Core
import ServiceLifecycle

/// Throws away what has been kept for as long as it was meant to be: dead letters past their queue's retention, uploads in
/// parts that were not completed, and objects that expired by their bucket's lifecycle.
package struct Housekeeping: Service {
  /// How long an upload in parts may take.
  package static let uploadRetention = Duration.seconds(7 * 86400)

  private let queue: any InvocationQueue
  private let store: FileObjectBackend?
  private let retention: Duration
  private let clock: WallClock
  private let logger: Logger

  /// - Parameters:
  ///   - retention: how long a dead letter is kept (SQS's `MessageRetentionPeriod`).
  ///   - store: nil where objects are kept elsewhere.
  package init(
    queue: any InvocationQueue, retention: Duration, store: FileObjectBackend?, clock: WallClock, logger: Logger
  ) {
    self.queue = queue
    self.store = store
    self.retention = retention
    self.clock = clock
    self.logger = logger
  }

  /// Once an hour until shutdown.
  package func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        await sweep()
        try? await Task.sleep(for: .seconds(3600))
      }
    }
  }

  package func sweep() async {
    await sweepLetters()
    await sweepUploads()
    await sweepObjects()
  }

  private func sweepLetters() async {
    do {
      let expired = try await queue.purge(nil, before: clock.now().addingTimeInterval(-retention.inSeconds))
      if expired > 0 { logger.notice("dead letters expired", metadata: ["count": "\(expired)"]) }
    } catch {
      // The next hour is early enough.
      logger.warning("cannot remove expired dead letters", metadata: ["error": "\(error)"])
    }
  }

  private func sweepObjects() async {
    guard let store else { return }
    do {
      let (objects, uploads) = try await store.applyLifecycles(at: clock.now())
      guard objects + uploads > 0 else { return }
      logger.notice("lifecycle rules applied", metadata: ["objects": "\(objects)", "uploads": "\(uploads)"])
    } catch {
      logger.warning("cannot apply lifecycle rules", metadata: ["error": "\(error)"])
    }
  }

  private func sweepUploads() async {
    guard let store else { return }
    do {
      let expired = try await store.expireUploads(
        begunBefore: clock.now().addingTimeInterval(-Self.uploadRetention.inSeconds))
      if expired > 0 { logger.notice("abandoned uploads expired", metadata: ["count": "\(expired)"]) }
    } catch {
      logger.warning("cannot remove abandoned uploads", metadata: ["error": "\(error)"])
    }
  }
}
