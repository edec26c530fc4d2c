import FunctionRuntime
import HTTPTransport
import Logging
import Previews
import Core
import Storyboards

/// Composition root of the function `Storyboard`.
@main
struct StoryboardMain {
  static func main() async {
    let environment = ProcessEnvironment.variables
    let logger = Logger(label: "Storyboard") { LineLogHandler(label: $0) }
    let http = CurlTransport()
    let status = await FunctionMain.run(environment: environment, http: http, logger: logger) {
      StoryboardHandler(services: try PreviewServices(environment: environment, http: http, logger: logger))
    }
    ProcessEnvironment.exit(status)
  }
}
