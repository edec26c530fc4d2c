import FunctionRuntime
import HTTPTransport
import Logging
import Previews
import PreviewRendering
import Core

/// Composition root of the function `Snippets`.
@main
struct SnippetsMain {
  static func main() async {
    let environment = ProcessEnvironment.variables
    let logger = Logger(label: "Snippets") { LineLogHandler(label: $0) }
    let http = CurlTransport()
    let status = await FunctionMain.run(environment: environment, http: http, logger: logger) {
      SnippetsHandler(services: try PreviewServices(environment: environment, http: http, logger: logger))
    }
    ProcessEnvironment.exit(status)
  }
}
