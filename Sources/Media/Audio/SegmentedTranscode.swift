import AudioDecoding
import CLibAV
import Core
import LibAV
import MediaTypes
import Synchronization

/// Encodes segments of one input on several processors: one thread decodes, workers encode, the caller writes.
///
/// Memory: the samples of one segment (24 MiB at most) for each worker and two more.
final class SegmentedTranscode: Sendable {
  private struct Chunk: @unchecked Sendable {
    let number: Int
    let samples: SampleBuffer
    let isLast: Bool
  }

  private struct State {
    var waiting: [Chunk] = []
    var done: [Int: CodedSegment] = [:]
    /// WAV needs no encoder: its samples go straight on.
    var plain: [Int: Chunk] = [:]
    /// Segments that were written.
    var written = 0
    var hasEnded = false
    var failure: (any Error)?
    var isStopped = false
    var samples: Int64 = 0
    var digest: [UInt8] = []
  }

  private let monitor = Monitor(State())
  private let plan: EncodingPlan
  private let segments: SegmentPlan
  private let workers: Int
  private let encoded = Atomic<Int64>(0)

  init(_ plan: EncodingPlan, _ segments: SegmentPlan, workers: Int) {
    self.plan = plan
    self.segments = segments
    self.workers = workers
  }

  /// Blocks until the file is written.
  ///
  /// - Returns: samples per channel, at the output's rate.
  func run(_ input: AudioInput, to sink: any PatchableSink, progress: (Double) -> Void) throws -> Int64 {
    nonisolated(unsafe) let source = input
    let decoder = try DedicatedThread(name: "decode") { self.guarded { try self.decode(source) } }
    var threads = [decoder]
    defer {
      monitor.update { $0.isStopped = true }
      threads.forEach { $0.join() }
    }
    for _ in 0..<workers {
      threads.append(try DedicatedThread(name: "encode") { self.guarded { try self.encode() } })
    }
    return try write(tags: input.tags, to: sink, progress: progress)
  }

  private func guarded(_ work: () throws -> Void) {
    do {
      try work()
    } catch {
      monitor.update { state in
        if state.failure == nil { state.failure = error }
        state.isStopped = true
      }
    }
  }

  // MARK: Decoding

  private func decode(_ input: AudioInput) throws {
    let reader = try AudioReader(input)
    let converter = SampleConverter(to: plan.layout)
    var cutter = ChunkCutter(plan.layout, segments)
    var digest = plan.target == .flac ? SampleDigest(plan) : nil
    func take(_ planes: [UnsafeMutablePointer<UInt8>?], _ count: Int) throws {
      digest?.add(planes[0]!, count)
      try cutter.add(planes, count) { try self.give($0, $1, isLast: false) }
    }
    while let frame = try reader.next() { try converter.convert(frame, take) }
    try converter.convert(nil, take)
    let (samples, sum) = (cutter.total, digest?.finish() ?? [])
    try cutter.finish { try self.give($0, $1, isLast: true) }
    monitor.update { state in
      state.hasEnded = true
      state.samples = samples
      state.digest = sum
    }
  }

  private func give(_ number: Int, _ samples: SampleBuffer, isLast: Bool) throws {
    let chunk = Chunk(number: number, samples: samples, isLast: isLast)
    let goesOn: Bool = monitor.wait { state in
      if state.isStopped { return false }
      guard number - state.written < self.workers + 2 else { return nil }
      return true
    }
    guard goesOn else { throw MediaError(.cancelled, "the work was cancelled") }
    monitor.update { state in
      if plan.target == .wav { state.plain[number] = chunk } else { state.waiting.append(chunk) }
    }
  }

  // MARK: Encoding

  private func encode() throws {
    while true {
      let chunk: Chunk?? = monitor.wait { state in
        if state.isStopped { return .some(nil) }
        if !state.waiting.isEmpty { return state.waiting.removeFirst() }
        return state.hasEnded ? .some(nil) : nil
      }
      guard case .some(.some(let chunk)) = chunk else { return }
      let segment = try SegmentEncoder.encode(
        chunk.samples.planes, count: chunk.samples.count, segment: chunk.number, isLast: chunk.isLast, plan: plan,
        segments: segments)
      encoded.add(Int64(segments.packets * segments.packetSize), ordering: .relaxed)
      monitor.update { $0.done[chunk.number] = segment }
    }
  }

  // MARK: Writing

  private func write(tags: AudioTags, to sink: any PatchableSink, progress: (Double) -> Void) throws -> Int64 {
    if plan.target == .wav { return try writePlain(tags: tags, to: sink, progress: progress) }
    let encoder = try AudioEncoder(plan)
    let writer = try Writers.make(encoder, tags: tags, samples: nil, sink: sink)
    var joiner = SegmentJoiners.make(plan, segments)
    var time = -Int64(encoder.delay)
    var sizes = PacketSizes()
    var number = 0
    while true {
      let segment = try next({ $0.done.removeValue(forKey: number) }, progress)
      for packet in try joiner.append(segment) {
        try writer.write(packet.packet(at: time))
        sizes.add(packet)
        time += packet.duration
      }
      number += 1
      monitor.update { $0.written = number }
      if segment.isLast { break }
    }
    let (samples, digest) = monitor.wait { $0.hasEnded ? ($0.samples, $0.digest) : nil }
    try writer.finish(samples: samples)
    if plan.target == .flac { try FLACWriter.patch(sink, samples: samples, digest: digest, frames: sizes.range) }
    return samples
  }

  private func writePlain(tags: AudioTags, to sink: any PatchableSink, progress: (Double) -> Void) throws -> Int64 {
    let writer = try WAVWriter(plan, tags: tags, samples: nil, sink: sink)
    var number = 0
    while true {
      let chunk = try next({ $0.plain.removeValue(forKey: number) }, progress)
      try writer.write(chunk.samples.planes[0]!, count: chunk.samples.count)
      encoded.add(Int64(chunk.samples.count), ordering: .relaxed)
      number += 1
      monitor.update { $0.written = number }
      if chunk.isLast { break }
    }
    try writer.finish()
    return monitor.wait { $0.hasEnded ? $0.samples : nil }
  }

  /// Waits for what `take` finds, and shows progress meanwhile.
  private func next<Found>(_ take: (inout State) -> Found?, _ progress: (Double) -> Void) throws -> Found {
    while true {
      progress(Double(encoded.load(ordering: .relaxed)) / Double(plan.layout.rate))
      let found: Result<Found, any Error>? = monitor.wait(atMost: .milliseconds(250)) { state in
        if let failure = state.failure { return .failure(failure) }
        return take(&state).map { .success($0) }
      }
      if let found { return try found.get() }
    }
  }
}
