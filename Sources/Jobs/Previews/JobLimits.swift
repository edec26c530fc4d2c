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
  /// Seconds of CPU time that rendering all clips of a video may take. `nil` for no limit. Default 14,400.
  package var jobProcessorTime: Int?
  /// Bytes of the GIFs and stills of a video. `nil` for no limit. Default 16 GiB.
  package var jobBytes: Int?
  /// Bytes of the GIFs and stills of a video per byte of the file, beyond `leastBytes`. `nil` for no limit. Default 64.
  package var outputRatio: Int?

  /// GIFs and stills of so many bytes together are affordable in any case.
  package static let leastBytes: Int64 = 256 << 20

  /// Stills with fewer pixels together are affordable in any case: 80 minutes of 1080p.
  package static let leastPixels = 10_000_000_000.0

  package init(
    clipProcessorTime: Int? = 100, clipBytes: Int? = 512 << 20, pixelsPerByte: Int? = 100_000,
    jobProcessorTime: Int? = 14_400, jobBytes: Int? = 16 << 30, outputRatio: Int? = 64
  ) {
    self.jobProcessorTime = jobProcessorTime
    self.jobBytes = jobBytes
    self.outputRatio = outputRatio
    self.clipProcessorTime = clipProcessorTime
    self.clipBytes = clipBytes
    self.pixelsPerByte = pixelsPerByte
  }

  /// Those of the variables that `init(environment:)` reads that concern outputs, not time.
  package static let outputNames = ["ClipMaxBytes", "MaxPixelsPerByte", "JobMaxBytes", "MaxOutputRatio"]

  package init(environment: inout EnvironmentReader) {
    let limits = JobLimits()
    self.init(
      clipProcessorTime: environment.limit(
        "ClipCpuTimeLimit", default: limits.clipProcessorTime ?? 0, in: 1...86_400),
      clipBytes: environment.limit("ClipMaxBytes", default: limits.clipBytes ?? 0, in: 1...1_000_000_000_000),
      pixelsPerByte: environment.limit(
        "MaxPixelsPerByte", default: limits.pixelsPerByte ?? 0, in: 1...1_000_000_000),
      jobProcessorTime: environment.limit(
        "JobCpuTimeLimit", default: limits.jobProcessorTime ?? 0, in: 1...100_000_000),
      jobBytes: environment.limit("JobMaxBytes", default: limits.jobBytes ?? 0, in: 1...1_000_000_000_000),
      outputRatio: environment.limit("MaxOutputRatio", default: limits.outputRatio ?? 0, in: 1...1_000_000))
  }

  /// The limit of a clip's CPU time, with its name.
  package var clipProcessor: WorkBudget.ProcessorLimit? {
    clipProcessorTime.map { WorkBudget.ProcessorLimit(seconds: $0, setting: "ClipCpuTimeLimit") }
  }
}
