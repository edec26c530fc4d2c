import Clips
import Core
import FunctionRuntime
import Library
import MediaJobs
import MediaTypes
import Posters
import VideoProxy
import VideoTracks

/// The steps of proxies, posters and stream facts that need libav but no H.264 encoder.
@main
struct ProxyVideoMain: Function {
  static let handlers: FunctionHandlers = [
    "PlanProxy": { launch in
      let jobs = ProxyJobs(services: try services(launch))
      return LibraryEventHandler { event, allowance in
        try await jobs.plan(event, within: allowance) { source, request in
          let planner = ProxyPlanner()
          guard let start = request.start, let end = request.end else {
            return try planner.plan(source, isForced: request.isForced)
          }
          if let format = request.animation { return try planner.plan(source, from: start, to: end, as: format) }
          return try planner.plan(source, from: start, to: end)
        }
      }
    },
    "JoinProxy": { launch in
      let jobs = ProxyJobs(services: try services(launch))
      return LibraryEventHandler { event, _ in try await jobs.join(event) }
    },
    "MakePoster": { launch in
      let jobs = PosterJobs(services: try services(launch))
      return LibraryEventHandler { event, allowance in
        try await jobs.process(event, within: allowance) { source, time in
          let made = try time.map { try PosterMaker.make(source, at: $0) } ?? PosterMaker.make(source)
          return PosterJobs.Poster(jpeg: made.jpeg, webp: made.webp, width: made.width, height: made.height)
        }
      }
    },
    "ReadMetadata": { launch in
      let metadata = StreamMetadata(services: try services(launch))
      return LibraryEventHandler { event, allowance in
        try await metadata.process(event, within: allowance) { try StreamSurvey.facts($0) }
      }
    },
  ]

  static func prepare() { MediaMemory.returnLargeBlocks() }

  private static func services(_ launch: FunctionLaunch) throws -> LibraryServices {
    var environment = EnvironmentReader(launch.environment)
    let services = LibraryServices(environment: &environment, http: launch.http, logger: launch.logger)
    try environment.validate()
    return services
  }
}

/// A step that an event of the library asks for.
struct LibraryEventHandler: FunctionHandler {
  typealias Step = @Sendable (LibraryEvent, InvocationAllowance) async throws -> ProxyJobs.Outcome

  private let step: Step

  init(_ step: @escaping Step) { self.step = step }

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let outcome = try await step(
      LibraryEvent(json: JSON.decode(JSONValue.self, from: event)),
      InvocationAllowance(deadline: context.deadline, retire: context.retire))
    return try JSON.encode(["outcome": outcome.rawValue])
  }
}
