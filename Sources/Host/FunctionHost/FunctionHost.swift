import CProcess
import FoundationEssentials
package import Logging
package import NIOCore
package import Core
package import Processes
import Synchronization

/// Starts function processes and serves them the AWS Lambda Runtime API.
///
/// One process ("environment") runs one invocation at a time; a function has as many as its configuration allows, kept
/// warm and ended after an idle time. `invoke` picks a free environment, starts one, or waits for one.
package final class FunctionHost: Sendable {
  private let pools: [String: FunctionPool]
  private let keeper: ProcessSupervisor
  private let logger: Logger
  private let expiry: RepeatedTask

  /// Cleans up what a killed host left in the temporary folder, then waits for calls; no process is started yet. Blocks
  /// for file and process look-ups.
  ///
  /// - Parameters:
  ///   - functions: names must be unique.
  ///   - eventLoopGroup: serves the environments' Runtime API; stays the caller's.
  /// - Throws: `HostError` where the temporary folder cannot be used or the system refuses a thread or descriptors.
  package init(
    configuration: HostConfiguration, functions: [FunctionConfiguration], eventLoopGroup: any EventLoopGroup,
    logger: Logger, observer: any HostObserver, clock: WallClock = .system
  ) throws(HostError) {
    var configuration = configuration
    configuration.temporaryFolder = try TemporaryFolder.prepare(configuration.temporaryFolder, logger: logger)
    // An environment takes five descriptors, and the usual soft limit is 1,024.
    _ = cprocess_raise_open_files()
    let keeper = try ProcessSupervisor(
      memoryInterval: configuration.memoryInterval, logGrace: configuration.logGrace)
    let lastProcessID = Counter()
    let shared = FunctionPool.Shared(
      host: configuration, keeper: keeper, observer: observer, clock: clock, eventLoopGroup: eventLoopGroup,
      nextProcessID: { lastProcessID.next() })
    let pools = Dictionary(
      functions.map { ($0.name, FunctionPool(function: $0, shared: shared)) }, uniquingKeysWith: { _, new in new })
    self.pools = pools
    self.keeper = keeper
    self.logger = logger
    let interval = max(.milliseconds(10), min(.seconds(10), configuration.idleTimeout / 4)).timeAmount
    expiry = eventLoopGroup.next().scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
      for pool in pools.values { pool.expire(now: .now) }
    }
  }

  /// Runs one invocation and waits for its end. Cancellation does not end it: what was delivered runs on.
  package func invoke(_ function: String, _ request: InvocationRequest) async -> InvocationResult {
    guard let pool = pools[function] else {
      return .refused(.unknownFunction, requestID: request.requestID)
    }
    return await pool.invoke(request)
  }

  /// Takes no new work; what waits and what runs is carried out. Returns once nothing is left.
  package func stop() async {
    await withTaskGroup(of: Void.self) { group in
      for pool in pools.values { group.addTask { await pool.stop() } }
    }
  }

  /// Ends every process at once; what runs fails, what waits is refused. Returns once all are gone.
  package func shutdown() async {
    expiry.cancel()
    await withTaskGroup(of: Void.self) { group in
      for pool in pools.values { group.addTask { await pool.shutdown() } }
    }
    await withCheckedContinuation { continuation in
      // Joining a thread blocks, which the cooperative pool must not.
      do {
        _ = try DedicatedThread(name: "host-shutdown", stackSize: 64 << 10) { [keeper] in
          keeper.shutdown()
          continuation.resume()
        }
      } catch {
        logger.warning("the process keeper ends by itself", metadata: ["error": "\(error)"])
        continuation.resume()
      }
    }
  }

  /// A look at every function's environments, by name.
  package func status() -> [FunctionStatus] {
    pools.values.map(\.status).sorted { $0.function < $1.function }
  }
}

/// Numbers that are never used twice.
private final class Counter: Sendable {
  private let last = Atomic<UInt64>(0)

  func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
