import Encodings
import HTTPTransport

/// A streamed result as a chunked request to the Runtime API; an error after the first byte travels as trailers.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming>
struct HTTPResponseStream: ResponseStream {
  static let errorType = "Lambda-Runtime-Function-Error-Type"
  static let errorBody = "Lambda-Runtime-Function-Error-Body"
  /// Bytes that wait for the platform at most; more suspends the handler.
  static let bufferLimit = 256 << 10

  let exchange: any HTTPExchange
  let path: String

  func write(_ bytes: [UInt8]) async throws {
    do {
      try await exchange.write(bytes)
    } catch let error as TransportError {
      throw StreamClosed(message: "the platform takes no more of the result: \(error.message)")
    }
  }

  func finish(_ failure: FunctionFailure?) async throws {
    let trailers = failure.map { failure in
      [
        (name: Self.errorType, value: failure.headerValue(category: "Function")),
        (name: Self.errorBody, value: Base64.encode(failure.json())),
      ]
    }
    exchange.finish(trailers: trailers ?? [])
    let status: Int
    do {
      status = try await exchange.response().status
      _ = try await exchange.collect(upTo: 64 << 10)
    } catch let error as TransportError {
      // If the platform itself is gone, the request for the next event says so.
      throw ResultRefused(status: 0, message: "the platform ended the streamed result: \(error.message)")
    }
    guard (200..<300).contains(status) else {
      throw ResultRefused(status: status, message: "the Runtime API refused \(path) with status \(status)")
    }
  }
}
