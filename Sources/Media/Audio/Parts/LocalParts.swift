import Core
import MediaTypes
import Synchronization

/// Encodes the parts of a planned file on several processors of this machine, each worker with a decoder of its own.
///
/// Memory does not depend on the file's length: finished parts wait in temporary files.
final class LocalParts: Sendable {
  /// The file is not as its headers say; only one piece will do.
  struct Irregular: Error {}

  private struct Made: @unchecked Sendable {
    let part: EncodedPart
    let packets: FileSink
  }

  private struct State {
    var next = 0
    var done: [Int: Made] = [:]
    /// What each part has come to, 0 … 1.
    var shares: [Double]
    var failure: (any Error)?
    var isStopped = false
  }

  private let source: SharedSource
  private let plan: TranscodePlan
  private let scratch: String
  private let limits: MediaLimits
  private let cancellation: CancellationFlag
  private let monitor: Monitor<State>

  init(
    _ source: any ByteSource, _ plan: TranscodePlan, scratch: String, limits: MediaLimits,
    cancellation: CancellationFlag
  ) {
    self.source = SharedSource(source)
    self.plan = plan
    self.scratch = scratch
    self.limits = limits
    self.cancellation = cancellation
    monitor = Monitor(State(shares: Array(repeating: 0, count: plan.count)))
  }

  /// Blocks until the file is written.
  ///
  /// - Throws: `Irregular`; `MediaError`; errors of the source.
  func run(to file: FileSink, workers: Int, progress: (Double) -> Void) throws -> TranscodeSummary {
    var threads: [DedicatedThread] = []
    defer {
      monitor.update { $0.isStopped = true }
      threads.forEach { $0.join() }
    }
    for _ in 0..<min(workers, plan.steps) {
      threads.append(try DedicatedThread(name: "encode") { self.work() })
    }
    return try PartJoiner.join(
      source, plan, try (0..<plan.steps).map { try made($0, progress).part }, to: file,
      limits: limits, cancellation: cancellation
    ) { number in
      let packets = try made(number, progress).packets
      return FileSinkSource(packets)
    }
  }

  private func work() {
    while true {
      let number: Int? = monitor.wait { state in
        guard !state.isStopped, state.failure == nil, state.next < self.plan.steps else { return .some(nil) }
        state.next += 1
        return state.next - 1
      }
      guard let number else { return }
      do {
        let file = try FileSink.scratch(in: scratch)
        var shown = 0.0
        let part = try PartEncoder.encode(
          source, plan, part: number, to: file, limits: limits, cancellation: cancellation
        ) { share in
          guard number < plan.count, share >= shown + 0.01 || share == 1 else { return }
          shown = share
          monitor.update { $0.shares[number] = share }
        }
        guard let part else { throw Irregular() }
        try file.flush()
        let made = Made(part: part, packets: file)
        monitor.update { $0.done[number] = made }
      } catch {
        monitor.update { if $0.failure == nil { $0.failure = error } }
        return
      }
    }
  }

  /// Waits for a part, and shows progress meanwhile.
  private func made(_ number: Int, _ progress: (Double) -> Void) throws -> Made {
    while true {
      try cancellation.check()
      let found: Result<Made, any Error>? = monitor.wait(atMost: .milliseconds(250)) { state in
        if let failure = state.failure { return .failure(failure) }
        return state.done[number].map { .success($0) }
      }
      let share = monitor.update { $0.shares.reduce(0, +) } / Double(plan.count)
      progress(share * (plan.seconds ?? 0))
      if let found { return try found.get() }
    }
  }
}

/// One source for several readers.
private final class SharedSource: ByteSource {
  private let source: any ByteSource
  private let lock = Mutex(())

  init(_ source: any ByteSource) { self.source = source }

  var size: Int64 { source.size }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try lock.withLock { _ in try source.read(at: offset, into: buffer) }
  }

  func close() {}
}

/// A finished temporary file, read from its beginning.
private final class FileSinkSource: ByteSource, @unchecked Sendable {
  private let file: FileSink

  init(_ file: FileSink) { self.file = file }

  var size: Int64 { file.size }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let bytes = try file.read(at: offset, count: min(buffer.count, 1 << 20))
    buffer.copyBytes(from: bytes)
    return bytes.count
  }

  func close() {}
}
