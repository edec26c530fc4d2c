import Core

/// A few words that tell one event of a kind from the others: the short values of its `detail`.
package enum EventSubject {
  private static let longestPayload = 16 << 10
  private static let mostValues = 4
  /// Characters.
  private static let longestValue = 24
  /// Larger numbers are times or sizes.
  private static let largest = 10_000_000.0

  /// - Parameters:
  ///   - payload: JSON.
  ///   - group: is shown beside it, so that a value that says the same is left out.
  package static func text(of payload: [UInt8], besides group: String) -> String? {
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
