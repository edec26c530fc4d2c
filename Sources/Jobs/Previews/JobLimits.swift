package import Core
package import MediaJobs

/// What a job may cost, whatever its file asks for. Exceeding one is a final, recorded failure of the clip or of the job.
///
/// No part of `JobSettings`: outputs do not depend on them.
package struct JobLimits: Sendable, Equatable {
  /// Seconds of CPU time that rendering one clip may take. `nil` for no limit. Default 100.
  package var clipProcessorTime: Int?
  /// Bytes of one clip's GIF and stills. `nil` for no limit. Default 512 MiB.
  package var clipBytes: Int?
  /// Pixels of a video's stills per byte of the file, looked at from `leastPixels` on. `nil` for no limit. Default 100,000.
  package var pixelsPerByte: Int?

  /// Stills with fewer pixels together are affordable in any case: 80 minutes of 1080p.
  package static let leastPixels = 10_000_000_000.0

  package init(clipProcessorTime: Int? = 100, clipBytes: Int? = 512 << 20, pixelsPerByte: Int? = 100_000) {
    self.clipProcessorTime = clipProcessorTime
    self.clipBytes = clipBytes
    self.pixelsPerByte = pixelsPerByte
  }

  /// Those of the variables that `init(environment:)` reads that concern outputs, not time.
  package static let outputNames = ["ClipMaxBytes", "MaxPixelsPerByte"]

  package init(environment: inout EnvironmentReader) {
    let limits = JobLimits()
    self.init(
      clipProcessorTime: environment.limit(
        "ClipCpuTimeLimit", default: limits.clipProcessorTime ?? 0, in: 1...86_400),
      clipBytes: environment.limit("ClipMaxBytes", default: limits.clipBytes ?? 0, in: 1...1_000_000_000_000),
      pixelsPerByte: environment.limit(
        "MaxPixelsPerByte", default: limits.pixelsPerByte ?? 0, in: 1...1_000_000_000))
  }

  /// The limit of a clip's CPU time, with its name.
  package var clipProcessor: WorkBudget.ProcessorLimit? {
    clipProcessorTime.map { WorkBudget.ProcessorLimit(seconds: $0, setting: "ClipCpuTimeLimit") }
  }
}
