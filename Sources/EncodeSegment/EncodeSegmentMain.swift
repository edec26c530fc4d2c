import Core
import FunctionRuntime
import HTTPTransport
import Logging
import Media

/// Composition root of the function `EncodeSegment`, the only one that encodes with x264.
@main
struct EncodeSegmentMain {
  static func main() async {
    MediaMemory.returnLargeBlocks()
    let environment = ProcessEnvironment.variables
    let logger = Logger(label: "EncodeSegment") { LineLogHandler(label: $0) }
    let status = await FunctionMain.run(environment: environment, http: CurlTransport(), logger: logger) {
      LocalParts()
    }
    ProcessEnvironment.exit(status)
  }
}
