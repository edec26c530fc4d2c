import Encodings
import Checksums

/// A Lua script, which the server runs as one step: all of it or nothing, and no client sees it half done.
package struct RedisScript: Sendable {
  let source: String
  /// Names it for `EVALSHA`: SHA-1 in hexadecimal.
  let digest: String
  /// Whether running it twice does no more than running it once, so that it may be sent again when a connection broke
  /// before the answer came.
  let isRepeatable: Bool

  package init(_ source: String, isRepeatable: Bool) {
    self.source = source
    self.isRepeatable = isRepeatable
    digest = Digest.sha1(Array(source.utf8)).hexString
  }

  func command(_ arguments: RedisCommand, withSource: Bool) -> RedisCommand {
    var command = withSource ? RedisCommand("EVAL", source, "0") : RedisCommand("EVALSHA", digest, "0")
    command.append(arguments)
    return command
  }
}
