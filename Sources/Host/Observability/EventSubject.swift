import Core

/// A few words that tell one event of a kind from the others: the short values of its `detail`, such as `end 59, start 30`.
///
/// Most runs are never looked at, so the words of a short event are made when they are encoded.
package struct EventSubject: Sendable, Equatable {
  private enum Content: Equatable {
    case words(String?)
    case payload([UInt8], group: String)
  }

  private let content: Content

  /// Bytes of a payload that is kept as it is.
  private static let shortPayload = 1 << 10
  private static let longestPayload = 16 << 10
  private static let mostValues = 4
  /// Characters.
  private static let longestValue = 24
  /// Larger numbers are times or sizes.
  private static let largest = 10_000_000.0

  /// - Parameters:
  ///   - payload: JSON.
  ///   - group: is shown beside it, so that a value that says the same is left out.
  package init(of payload: [UInt8], besides group: String) {
    content =
      payload.count <= Self.shortPayload
      ? .payload(payload, group: group) : .words(Self.words(of: payload, besides: group))
  }

  /// `nil` if the event has no short values.
  package var text: String? {
    switch content {
    case .words(let words): words
    case .payload(let payload, let group): Self.words(of: payload, besides: group)
    }
  }

  private static func words(of payload: [UInt8], besides group: String) -> String? {
    guard payload.count <= longestPayload,
      let detail = (try? JSON.decode(JSONValue.self, from: payload))?["detail"]?.objectValue
    else { return nil }
    let words = detail.sorted { $0.key < $1.key }.compactMap { name, value -> String? in
      switch value {
      case .integer(let number): abs(Double(number)) < largest ? "\(name) \(number)" : nil
      case .string(let text):
        !text.isEmpty && text.count <= longestValue && text != group ? "\(name) \(text)" : nil
      default: nil
      }
    }
    return words.isEmpty ? nil : words.prefix(mostValues).joined(separator: ", ")
  }
}

/// As its words, or `null`.
extension EventSubject: Codable {
  package init(from decoder: any Decoder) throws {
    content = .words(try decoder.singleValueContainer().decode(String?.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
