import AudioTranscoding
import Core
import FunctionRuntime
import Library
import MediaJobs
import Waveforms

/// Composition root of the functions that decode audio: one executable, because they link libav and libswresample.
@main
struct TranscodeAudioMain: Function {
  static let handlers: FunctionHandlers = [
    "TranscodeAudio": { launch in
      var environment = EnvironmentReader(launch.environment)
      let settings = TranscoderSettings(environment: &environment)
      let services = JobServices(environment: &environment, http: launch.http, logger: launch.logger)
      try environment.validate()
      let service = TranscodeService(settings: settings, services: services)
      return StreamingHTTPHandler { try await service.handle($0, $1, $2) }
    },
    "TranscodeJob": { launch in TranscodeJobHandler(jobs: try jobs(launch)) },
    "TranscodeCleanup": { launch in TranscodeCleanupHandler(jobs: try jobs(launch)) },
    "ExtractWaveform": { launch in
      var environment = EnvironmentReader(launch.environment)
      let settings = TranscoderSettings(environment: &environment)
      let buckets = LibraryBuckets(environment: &environment)
      let services = JobServices(environment: &environment, http: launch.http, logger: launch.logger)
      try environment.validate()
      return ExtractWaveformHandler(
        maker: WaveformMaker(services: services, buckets: buckets, scratch: settings.scratch))
    },
  ]

  private static func jobs(_ launch: FunctionLaunch) throws -> TranscodeJobs {
    var environment = EnvironmentReader(launch.environment)
    let settings = TranscoderSettings(environment: &environment)
    let services = JobServices(environment: &environment, http: launch.http, logger: launch.logger)
    try environment.validate()
    guard let jobs = TranscodeJobs(services: services, settings: settings) else {
      throw ConfigurationError(problems: ["CacheBucketName must name the bucket for jobs and results"])
    }
    return jobs
  }
}

/// One step of a job: planned, encoded in parts, joined.
struct TranscodeJobHandler: FunctionHandler {
  let jobs: TranscodeJobs

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let outcome = try await jobs.process(
      JSON.decode(JSONValue.self, from: event),
      within: InvocationAllowance(deadline: context.deadline, retire: context.retire))
    return try JSON.encode(["outcome": outcome.rawValue])
  }
}

/// The hourly clean-up of jobs and results.
struct TranscodeCleanupHandler: FunctionHandler {
  let jobs: TranscodeJobs

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    try JSON.encode(["jobs": try await jobs.sweep()])
  }
}

/// Answers `waveformRequested` of the library.
struct ExtractWaveformHandler: FunctionHandler {
  let maker: WaveformMaker

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let outcome = try await maker.process(
      JSON.decode(JSONValue.self, from: event),
      within: InvocationAllowance(deadline: context.deadline, retire: context.retire))
    return try JSON.encode(["outcome": outcome.rawValue])
  }
}
