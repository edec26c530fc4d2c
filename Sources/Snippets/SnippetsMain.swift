import FunctionRuntime
import Previews

/// Composition root of the function `Snippets`.
@main
struct SnippetsMain: Function {
  static let handlers: FunctionHandlers = [
    "Snippets": { launch in
      SnippetsHandler(
        services: try PreviewServices(environment: launch.environment, http: launch.http, logger: launch.logger))
    }
  ]
}
