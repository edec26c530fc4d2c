/// A command and its arguments, which may hold any bytes.
package struct RedisCommand: Sendable {
  private(set) var arguments: [[UInt8]]

  package init(_ words: String...) {
    arguments = words.map { Array($0.utf8) }
  }

  package mutating func append(_ text: String) { arguments.append(Array(text.utf8)) }
  package mutating func append(_ number: some BinaryInteger) { append(String(number)) }
  package mutating func append(_ bytes: [UInt8]) { arguments.append(bytes) }
  package mutating func append(_ command: RedisCommand) { arguments += command.arguments }

  /// Of all arguments together.
  var byteCount: Int { arguments.reduce(0) { $0 + $1.count } }
}
