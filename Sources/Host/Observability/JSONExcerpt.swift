package import Core

/// The text of a JSON value, cut where it is long. Most are kept and never read, so it is written when it is read.
package struct JSONExcerpt: Sendable, Encodable {
  private enum Content {
    case value(JSONValue)
    case text(String)
  }

  /// Bytes.
  package static let maximumLength = 4000

  private let content: Content

  /// A value that takes much more memory than its excerpt is not kept: its text is, and is written at once.
  package init(_ value: JSONValue) {
    content =
      value.footprint(atMost: Self.maximumLength) <= Self.maximumLength ? .value(value) : .text(Self.text(value))
  }

  package var text: String {
    switch content {
    case .value(let value): Self.text(value)
    case .text(let text): text
    }
  }

  /// As a string.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  private static func text(_ value: JSONValue) -> String {
    let bytes = (try? JSON.encode(value)) ?? []
    return String(decoding: bytes.prefix(maximumLength), as: UTF8.self)
  }
}

extension JSONValue {
  /// About how many bytes of memory it takes.
  ///
  /// - Parameter limit: counting ends above it.
  fileprivate func footprint(atMost limit: Int) -> Int {
    // What an allocation has in front of its content.
    let header = 32
    var sum = MemoryLayout<JSONValue>.stride
    switch self {
    case .null, .bool, .integer, .number: break
    case .string(let text): sum += text.utf8.count
    case .array(let elements):
      sum += header
      for element in elements where sum <= limit { sum += element.footprint(atMost: limit - sum) }
    case .object(let members):
      sum += header
      for (name, value) in members where sum <= limit {
        sum += MemoryLayout<String>.stride + name.utf8.count + value.footprint(atMost: limit - sum)
      }
    }
    return sum
  }
}
