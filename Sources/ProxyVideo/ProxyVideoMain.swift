import Core
import FunctionRuntime
import Library
import Media
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
      return LibraryEventHandler { event in
        try await jobs.plan(event) { source, request in
          let planner = ProxyPlanner()
          guard let start = request.start, let end = request.end else {
            return try planner.plan(source, isForced: request.isForced)
          }
          return try planner.plan(source, from: start, to: end)
        }
      }
    },
    "JoinProxy": { launch in
      let jobs = ProxyJobs(services: try services(launch))
      return LibraryEventHandler { try await jobs.join($0) }
    },
    "MakePoster": { launch in
      let jobs = PosterJobs(services: try services(launch))
      return LibraryEventHandler { event in
        try await jobs.process(event) { source in
          let made = try PosterMaker.make(source)
          return PosterJobs.Poster(jpeg: made.jpeg, webp: made.webp, width: made.width, height: made.height)
        }
      }
    },
    "ReadMetadata": { launch in
      let metadata = StreamMetadata(services: try services(launch))
      return LibraryEventHandler { event in
        try await metadata.process(event) { try StreamSurvey.facts($0) }
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
  let step: @Sendable (LibraryEvent) async throws -> ProxyJobs.Outcome

  init(_ step: @escaping @Sendable (LibraryEvent) async throws -> ProxyJobs.Outcome) { self.step = step }

  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let outcome = try await step(LibraryEvent(json: JSON.decode(JSONValue.self, from: event)))
    return try JSON.encode(["outcome": outcome.rawValue])
  }
}
