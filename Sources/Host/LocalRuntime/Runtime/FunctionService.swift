import Invocations
import LocalStorage
import FoundationEssentials
import FunctionHost
import HTTPServer
import Logging
import NIOPosix
import Core
import ServiceLifecycle

/// Runs functions from the moment the endpoint is up until shutdown: first no new work is started, what runs may end,
/// and what does not end in time goes back to the queue.
struct FunctionService: Service {
  let scheduler: Scheduler
  let host: Deferred<FunctionHost>
  let endpoint: Deferred<String>
  let admin: Deferred<String>
  let api: Deferred<String>
  let admission: Admission
  /// nil: what the queue holds runs after the next start.
  let interruption: Interruption?
  let makeHost: @Sendable (_ endpoint: String) throws -> FunctionHost
  let drain: DrainDeadline
  let logger: Logger
  let onReady: @Sendable (HostAddresses) -> Void

  func run() async throws {
    guard let endpoint = await endpoint.wait(), let admin = await admin.wait(), let api = await api.wait() else {
      return
    }
    let makeHost = makeHost
    let host = try await NIOThreadPool.singleton.runIfActive { try makeHost(endpoint) }
    self.host.set(host)
    await scheduler.start()
    onReady(HostAddresses(endpoint: endpoint, admin: admin, api: api))
    do {
      try await gracefulShutdown()
    } catch {
      // Cancelled without grace: ended below all the same.
    }
    // Not in this task, which may be cancelled.
    await Task { await end(host) }.value
  }

  private func end(_ host: FunctionHost) async {
    admission.stop()
    await scheduler.stop()
    async let answered: Void = admission.drained(within: drain.remaining())
    // At once: the platform may end the process long before what runs has ended.
    async let interrupted: Void? = interruption?.record()
    if await !scheduler.drained(within: drain.remaining()) {
      logger.notice("ending invocations that still run; they return to the queue")
      await scheduler.abandon(cancels: interruption != nil)
      if interruption != nil { _ = await scheduler.drained(within: .seconds(10)) }
    }
    await answered
    _ = await interrupted
    // What ran until now may have returned to the queue, or have added to it.
    await interruption?.record()
    await host.shutdown()
    if await !scheduler.drained(within: .seconds(10)) {
      logger.warning("not every end could be recorded; those invocations run again at the next start")
    }
  }
}
