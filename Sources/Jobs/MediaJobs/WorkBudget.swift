package import Core
package import FoundationEssentials
package import MediaTypes
import Synchronization

/// What one piece of work on a file may take before it is ended with a final error.
///
/// A time-out of the platform is tried again, which mends an outage but not a file that costs too much. So the work is
/// ended before it, and the error is recorded.
package struct WorkBudget: Sendable {
  /// A limit of CPU time, and the setting by which an operator changes it.
  package struct ProcessorLimit: Sendable, Equatable {
    /// Seconds of all threads of the process.
    package var seconds: Int
    package var setting: String

    package init(seconds: Int, setting: String) {
      self.seconds = seconds
      self.setting = setting
    }
  }

  /// What the work is, as errors name it: "rendering the clip".
  package let work: String
  /// `nil` for none but the deadline.
  package let processor: ProcessorLimit?
  /// When the platform ends the invocation.
  package let deadline: Date
  /// Asks the process to end after this invocation, because a thread of it does not end.
  package let retire: @Sendable () -> Void

  /// How often the clocks are read.
  private static let interval = Duration.milliseconds(200)
  /// Seconds that a thread gets at most to notice that it is to end.
  private static let grace = 2.0
  /// Seconds before the deadline at which the work is ended: room for the grace and for the record.
  private static let margin = 6.0
  /// With a lower share of one processor, the machine or the store is what is slow, and another try may be faster.
  private static let leastShare = 0.75

  /// - Parameters:
  ///   - deadline: default: none.
  ///   - retire: default: does nothing.
  package init(
    _ work: String, processor: ProcessorLimit? = nil, deadline: Date = .distantFuture,
    retire: @escaping @Sendable () -> Void = {}
  ) {
    self.work = work
    self.processor = processor
    self.deadline = deadline
    self.retire = retire
  }

  /// Whether the budget is used up.
  ///
  /// - Parameters:
  ///   - used: seconds of CPU time since the work began.
  ///   - elapsed: seconds since then.
  ///   - left: seconds until the deadline.
  package func verdict(used: Double, elapsed: Double, left: Double) -> MediaError? {
    if let processor, used > Double(processor.seconds) {
      return MediaError(
        .overBudget,
        "\(work) takes more than \(processor.seconds) s of CPU time, the limit of \(processor.setting)")
    }
    if left < min(Self.margin, (elapsed + left) / 4), used > Self.leastShare * elapsed {
      return MediaError(
        .overBudget,
        "\(work) was not done after \(Int(used)) s of CPU time, shortly before the function's Timeout")
    }
    return nil
  }

  /// Runs blocking work on a thread of its own and suspends until it has ended, or the budget has.
  ///
  /// - Parameter work: ends soon after its flag is set. If it does not, this function returns without it.
  /// - Throws: what `work` throws; `MediaError` `BudgetExceeded`.
  package func run<Value: Sendable>(
    name: String, stackSize: Int = 2 << 20, cancellation: CancellationFlag = CancellationFlag(),
    _ work: @escaping @Sendable (CancellationFlag) throws -> Value
  ) async throws -> Value {
    let end = FirstResult<Value>()
    let watch = Task {
      guard let error = try await exhaustion() else { return }
      cancellation.cancel(because: error)
      try await Task.sleep(for: .seconds(min(Self.grace, max(0, deadline.timeIntervalSinceNow / 2))))
      if end.finish(.failure(error)) { retire() }
    }
    defer { watch.cancel() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        end.await(continuation)
        do {
          _ = try DedicatedThread(name: name, stackSize: stackSize) {
            end.finish(Result { try Self.explaining(cancellation) { try work(cancellation) } })
          }
        } catch {
          end.finish(.failure(error))
        }
      }
    } onCancel: {
      cancellation.cancel()
    }
  }

  /// Waits until the budget is used up.
  ///
  /// - Throws: `CancellationError` if the work ended before.
  private func exhaustion() async throws -> MediaError? {
    let (usedBefore, began) = (ProcessorTime.ofProcess, ContinuousClock.now)
    while true {
      try await Task.sleep(for: Self.interval)
      let error = verdict(
        used: ProcessorTime.ofProcess - usedBefore, elapsed: (ContinuousClock.now - began) / .seconds(1),
        left: deadline.timeIntervalSinceNow)
      if let error { return error }
    }
  }

  /// Work that was told to end may say anything about why it ended; the cause is what counts.
  private static func explaining<Value>(_ cancellation: CancellationFlag, _ work: () throws -> Value) throws -> Value {
    do {
      return try work()
    } catch {
      throw cancellation.reason ?? error
    }
  }
}

/// Resumes a waiting task once.
private final class FirstResult<Value: Sendable>: Sendable {
  private let waiting = Mutex<CheckedContinuation<Value, any Error>?>(nil)

  func await(_ continuation: CheckedContinuation<Value, any Error>) {
    waiting.withLock { $0 = continuation }
  }

  /// - Returns: whether this result was the first one.
  @discardableResult
  func finish(_ result: Result<Value, any Error>) -> Bool {
    let continuation = waiting.withLock { waiting in
      defer { waiting = nil }
      return waiting
    }
    continuation?.resume(with: result)
    return continuation != nil
  }
}
