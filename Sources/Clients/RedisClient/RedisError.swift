import Core

/// What went wrong between here and a Redis server.
package struct RedisError: ClassifiedError, Equatable {
  package let code: String
  package let message: String
  package let isRetryable: Bool

  /// There is no connection, and none could be made now.
  static func unreachable(_ address: RedisAddress, _ reason: String) -> RedisError {
    RedisError(
      code: "RedisUnreachable", message: "cannot reach the Redis server at \(address): \(reason)", isRetryable: true)
  }

  /// The connection broke; whether the command was carried out is not known.
  static func lost(_ address: RedisAddress, _ reason: String) -> RedisError {
    RedisError(
      code: "RedisConnectionLost", message: "the connection to the Redis server at \(address) broke: \(reason)",
      isRetryable: true)
  }

  /// The server answered with an error.
  package static func refused(_ address: RedisAddress, _ answer: String) -> RedisError {
    // These are a person's to mend; the others (LOADING, READONLY, OOM, MISCONF, BUSY) pass.
    let isFinal = ["NOAUTH", "WRONGPASS", "NOPERM", "WRONGTYPE"].contains { answer.hasPrefix($0) }
    return RedisError(
      code: "RedisRefused", message: "the Redis server at \(address) refused: \(answer)", isRetryable: !isFinal)
  }

  /// The server's answer has not the form that the command's documentation says.
  package static func unexpected(_ what: String) -> RedisError {
    RedisError(
      code: "RedisAnswerUnexpected", message: "the Redis server answered \(what) in a form that is not known",
      isRetryable: false)
  }

  static let closed = RedisError(
    code: "RedisClosed", message: "the connection to the Redis server was closed here", isRetryable: false)
}
