import Core
import FunctionRuntime
import Library

/// The functions that work on images: one executable, because they link libvips.
@main
struct TransformImageMain: Function {
  static let handlers: FunctionHandlers = [
    // Files of this machine, for `zoetrope image`.
    "TransformFile": { _ in FileTransformHandler() },
    "TransformImage": { launch in
      try work(launch) { work, environment in
        TransformHandler(work: work, scratch: environment.string("TMPDIR", default: "/tmp"))
      }
    },
    "UncachedImage": { launch in
      var environment = EnvironmentReader(launch.environment)
      let services = LibraryServices(environment: &environment, http: launch.http, logger: launch.logger)
      let keys = SessionKeys(environment: &environment)
      let work = ImageWork(services: services, environment: &environment)
      try environment.validate()
      let handler = UncachedImageHandler(work: work, keys: keys)
      return StreamingHTTPHandler { try await handler.handle($0, $1, $2) }
    },
    "PrewarmImages": { launch in try work(launch) { work, _ in PrewarmHandler(work: work) } },
    "ReadMetadata": { launch in try work(launch) { work, _ in MetadataHandler(work: work) } },
    "Avatar": { launch in
      try work(launch) { work, environment in
        AvatarHandler(work: work, keys: SessionKeys(environment: &environment))
      }
    },
  ]

  private static func work(
    _ launch: FunctionLaunch, _ make: (ImageWork, inout EnvironmentReader) -> any FunctionHandler
  ) throws -> any FunctionHandler {
    var environment = EnvironmentReader(launch.environment)
    let services = LibraryServices(environment: &environment, http: launch.http, logger: launch.logger)
    let handler = make(ImageWork(services: services, environment: &environment), &environment)
    try environment.validate()
    return handler
  }
}
