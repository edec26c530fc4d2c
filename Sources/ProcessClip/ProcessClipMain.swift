import FunctionRuntime
import HTTPTransport
import Logging
import Media
import Previews
import PreviewRendering
import Core

/// Composition root of the function `ProcessClip`.
@main
struct ProcessClipMain {
  static func main() async {
    MediaMemory.returnLargeBlocks()
    let environment = ProcessEnvironment.variables
    let logger = Logger(label: "ProcessClip") { LineLogHandler(label: $0) }
    let http = CurlTransport()
    let status = await FunctionMain.run(environment: environment, http: http, logger: logger) {
      ProcessClipHandler(services: try PreviewServices(environment: environment, http: http, logger: logger))
    }
    ProcessEnvironment.exit(status)
  }
}
