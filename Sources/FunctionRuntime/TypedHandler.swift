import Core

/// A handler in terms of values: the event is decoded from JSON, the result encoded to it.
package struct TypedHandler<Event: Decodable & Sendable, Output: Encodable & Sendable>: FunctionHandler {
  private let body: @Sendable (Event, InvocationContext) async throws -> Output

  package init(_ body: @escaping @Sendable (Event, InvocationContext) async throws -> Output) {
    self.body = body
  }

  /// The event is not JSON of the expected shape.
  package struct InvalidEvent: ClassifiedError {
    package let message: String
    package var code: String { "InvalidEvent" }
    package var isRetryable: Bool { false }
  }

  /// - Throws: `InvalidEvent`, or what `body` throws.
  package func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let value: Event
    do {
      value = try JSON.decode(from: event)
    } catch let error as DecodingError {
      throw InvalidEvent(message: "the event must be JSON of the shape of \(Event.self), found \(Self.problem(error))")
    }
    return try JSON.encode(await body(value, context))
  }

  private static func problem(_ error: DecodingError) -> String {
    let context =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
        .dataCorrupted(let context):
        context
      @unknown default: DecodingError.Context(codingPath: [], debugDescription: "\(error)")
      }
    let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    return (path.isEmpty ? "" : "at \(path): ") + context.debugDescription
  }
}
