import Core

/// What the platform is told about an error, in the Runtime API's shape.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-invokeerror>
struct FunctionFailure: Sendable, Codable, Equatable {
  let errorMessage: String
  /// A `ClassifiedError`'s code, otherwise the name of the error's type.
  let errorType: String
  let stackTrace: [String]

  /// Platforms limit what they take, and a message is for people.
  private static let maximumMessageBytes = 8 << 10

  init(_ error: any Error) {
    let classified = error as? any ClassifiedError
    let message = classified?.message ?? "\(error)"
    errorMessage =
      message.utf8.count <= Self.maximumMessageBytes
      ? message : String(decoding: message.utf8.prefix(Self.maximumMessageBytes), as: UTF8.self) + "…"
    errorType = classified?.code ?? "\(type(of: error))"
    // Swift's errors carry none.
    stackTrace = []
  }

  /// The header's `category.reason`; what header fields cannot hold is left out.
  func headerValue(category: String) -> String {
    "\(category)." + errorType.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
  }

  func json() -> [UInt8] {
    // Encoding strings cannot fail.
    (try? JSON.encode(self)) ?? []
  }
}
