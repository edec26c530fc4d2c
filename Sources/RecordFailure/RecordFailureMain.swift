import FunctionRuntime
import HTTPTransport
import Logging
import PreviewJob
import Core

/// Composition root of the function `RecordFailure`.
@main
struct RecordFailureMain {
  static func main() async {
    let environment = ProcessEnvironment.variables
    let logger = Logger(label: "RecordFailure") { LineLogHandler(label: $0) }
    let http = CurlTransport()
    let status = await FunctionMain.run(environment: environment, http: http, logger: logger) {
      RecordFailureHandler(services: try PreviewServices(environment: environment, http: http, logger: logger))
    }
    ProcessEnvironment.exit(status)
  }
}
