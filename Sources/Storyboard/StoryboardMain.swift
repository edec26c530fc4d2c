import FunctionRuntime
import Previews

/// Composition root of the function `Storyboard`.
@main
struct StoryboardMain: Function {
  static let handlers: FunctionHandlers = [
    "Storyboard": { launch in
      StoryboardHandler(
        services: try PreviewServices(environment: launch.environment, http: launch.http, logger: launch.logger))
    }
  ]
}
