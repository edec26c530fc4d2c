import MediaJobs
import MediaTypes

/// What the clips of one job may cost together.
///
/// No count is shared by all workers. A clip within its share of the limits costs nothing to watch. One beyond it is a
/// reason to add up the records of the job, which takes few reads (`RecordTree.endedRecords`) and no listing. If they exceed a limit, a note says so, and no further clip is rendered.
package struct JobBudget: Sendable {
  /// What clips have cost.
  package struct Cost: Sendable, Equatable {
    package var bytes: Int64
    package var milliseconds: Int64

    package init(bytes: Int64, milliseconds: Int64) {
      self.bytes = bytes
      self.milliseconds = milliseconds
    }
  }

  /// A limit, and the setting by which an operator changes it.
  private struct Limit: Sendable {
    var value: Int64
    var setting: String
  }

  private struct Exceeded: Codable, Sendable {
    var reason: String
  }

  private let bytes: Limit?
  private let milliseconds: Limit?
  private let clipBytes: Limit?
  private let clipMilliseconds: Int64?
  private let clips: Int

  /// So often a job's records are added up while its clips are beyond their shares.
  private static let checks = 16

  /// - Parameters:
  ///   - size: bytes of the source.
  ///   - clips: of the job, at least 1.
  package init(_ limits: JobLimits, size: Int64, clips: Int) {
    let absolute = limits.jobBytes.map { Limit(value: Int64($0), setting: "JobMaxBytes") }
    let relative = limits.outputRatio.map {
      let bytes = size.multipliedReportingOverflow(by: Int64($0))
      return Limit(
        value: bytes.overflow ? .max : max(JobLimits.leastBytes, bytes.partialValue), setting: "MaxOutputRatio")
    }
    bytes = [absolute, relative].compactMap { $0 }.min { $0.value < $1.value }
    milliseconds = limits.jobProcessorTime.map { Limit(value: Int64($0) * 1000, setting: "JobCpuTimeLimit") }
    clipBytes = limits.clipBytes.map { Limit(value: Int64($0), setting: "ClipMaxBytes") }
    clipMilliseconds = limits.clipProcessorTime.map { Int64($0) * 1000 }
    self.clips = max(1, clips)
  }

  /// Bytes of one clip's GIF and stills at most, and the setting that says so.
  package var clipLimit: (bytes: Int64, setting: String)? {
    [clipBytes, bytes].compactMap { $0 }.min { $0.value < $1.value }.map { ($0.value, $0.setting) }
  }

  /// Whether the clips before this one, each at its own limit, may have exceeded the job's.
  ///
  /// - Parameter number: of a clip, from 0.
  package func mayBeExceeded(before number: Int) -> Bool {
    func mayBe(_ limit: Limit?, _ each: Int64?) -> Bool {
      guard let limit else { return false }
      return each.map { Int64(number).multipliedReportingOverflow(by: $0) }
        .map { $0.overflow || $0.partialValue > limit.value } ?? true
    }
    return mayBe(bytes, clipBytes?.value) || mayBe(milliseconds, clipMilliseconds)
  }

  /// Whether a clip's cost is a reason to add up those of the others.
  ///
  /// - Parameter number: of the clip, from 0.
  package func isSuspicious(_ cost: Cost, number: Int) -> Bool {
    let interval = max(1, clips / Self.checks)
    let shares = number % interval == interval - 1 ? Int64(1) : 2
    func isBeyond(_ value: Int64, _ limit: Limit?) -> Bool {
      limit.map { value > max(1, $0.value / Int64(clips)) * shares } ?? false
    }
    return isBeyond(cost.bytes, bytes) || isBeyond(cost.milliseconds, milliseconds)
  }

  /// Why the job costs too much; `nil` if it does not.
  package func verdict(_ cost: Cost) -> String? {
    if let bytes, cost.bytes > bytes.value {
      return
        "the GIFs and stills of the video take more than \(bytes.value) bytes together, the limit of \(bytes.setting)"
    }
    if let milliseconds, cost.milliseconds > milliseconds.value {
      return "rendering the video takes more than \(milliseconds.value / 1000) s of CPU time, the limit of "
        + milliseconds.setting
    }
    return nil
  }

  // MARK: In the store

  /// - Throws: `MediaError` `BudgetExceeded` if a clip before this one has found the job to exceed a limit.
  package func check(_ job: Job, in store: JobStore, number: Int) async throws {
    guard mayBeExceeded(before: number) else { return }
    let key = job.names.budget(of: job.version)
    if let note = try await store.documents.read(Exceeded.self, at: key, in: job.buckets.output)?.value {
      throw MediaError(.overBudget, note.reason)
    }
  }

  /// Adds a clip's cost to that of the others where that may matter.
  ///
  /// - Parameter cost: of this clip, whose record has not been written yet.
  /// - Throws: `MediaError` `BudgetExceeded` if the job exceeds a limit; it is noted then.
  package func add(_ cost: Cost, _ job: Job, in store: JobStore, number: Int) async throws {
    guard isSuspicious(cost, number: number) else { return }
    var total = cost
    let records = try await store.records(of: job, clips: clips).endedRecords(near: min(number, clips - 1))
    for record in records where record.start / job.settings.snippetSize != number {
      total.bytes += record.cost.bytes
      total.milliseconds += record.cost.milliseconds
    }
    guard let reason = verdict(total) else { return }
    let key = job.names.budget(of: job.version)
    try await store.documents.write(Exceeded(reason: reason), at: key, in: job.buckets.output)
    throw MediaError(.overBudget, reason)
  }
}

extension ClipRecord {
  package var cost: JobBudget.Cost {
    JobBudget.Cost(
      bytes: Int64(gifBytes) + frameBytes.reduce(0) { $0 + Int64($1) }, milliseconds: Int64(timings.cpuMilliseconds))
  }
}
