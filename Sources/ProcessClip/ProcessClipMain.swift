import Clips
import FunctionRuntime
import Previews

/// Composition root of the function `ProcessClip`.
@main
struct ProcessClipMain: Function {
  static func prepare() { MediaMemory.returnLargeBlocks() }

  static let handlers: FunctionHandlers = [
    "ProcessClip": { launch in
      ProcessClipHandler(
        services: try PreviewServices(environment: launch.environment, http: launch.http, logger: launch.logger))
    }
  ]
}
