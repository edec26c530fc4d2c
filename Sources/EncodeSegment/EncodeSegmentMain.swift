import Clips
import Core
import FunctionRuntime
import Library
import MediaJobs
import VideoEncoding
import VideoProxy

/// The only function that encodes with x264, which makes every package that contains it GPL-3.0-or-later.
@main
struct EncodeSegmentMain: Function {
  static let handlers: FunctionHandlers = [
    "EncodeSegment": { launch in
      // Without a platform it serves `zoetrope proxy`, with files of this machine.
      guard let address = launch.environment["AWS_LAMBDA_RUNTIME_API"], !address.isEmpty else {
        return LocalPartHandler()
      }
      var environment = EnvironmentReader(launch.environment)
      let services = LibraryServices(environment: &environment, http: launch.http, logger: launch.logger)
      try environment.validate()
      return PartHandler(
        jobs: ProxyJobs(services: services), scratch: launch.environment["TMPDIR"] ?? "/tmp")
    }
  ]

  static func prepare() { MediaMemory.returnLargeBlocks() }
}

/// Makes the part that an event of the library names.
struct PartHandler: FunctionHandler {
  let jobs: ProxyJobs
  let scratch: String

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let request = try LibraryEvent(json: JSON.decode(JSONValue.self, from: event))
    let outcome = try await jobs.makePart(
      request, scratch: scratch, within: InvocationAllowance(deadline: context.deadline, retire: context.retire)
    ) { part, source, path, cancellation, progress in
      try PartMaker.make(part, of: source, to: path, cancellation: cancellation, progress: progress)
    }
    return try JSON.encode(["outcome": outcome.rawValue])
  }
}
