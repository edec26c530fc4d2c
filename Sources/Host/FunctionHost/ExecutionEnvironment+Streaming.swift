import NIOCore
import NIOHTTP1
import Core

/// Responses that reach the caller while the function still makes them.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
extension ExecutionEnvironment {
  static let responseMode = "lambda-runtime-function-response-mode"

  /// Where the body of a request that begins is to go as it comes; nil where it is taken as a whole.
  func stream(
    for call: RuntimeAPIRequest, _ head: HTTPRequestHead, on connection: RuntimeAPIHandler
  ) -> ResponseStream? {
    guard case .response(let requestID) = call, head.headers.first(name: Self.responseMode)?.lowercased() == "streaming"
    else { return nil }
    let stream = beginStream(requestID, on: connection)
    stream?.setContentType(head.headers.first(name: "content-type"))
    return stream
  }
}
