import Core
import Encodings

/// Which files a client wants to see, in which order: the query of the list route.
package struct FileListing: Sendable, Equatable {
  package enum Field: String, Sendable, CaseIterable {
    case createdAt, name, size
  }

  package var field = Field.createdAt
  package var isDescending = true
  package var kind: MediaKind?
  /// Part of the name, without regard to case; empty for all.
  package var text = ""
  package var after: Cursor?
  package var limit = 50
  /// Posters and proxies are shown with their sources, not beside them.
  package var includesDerived = false

  package static let limits = 1...200

  /// A file that was listed last.
  package struct Cursor: Sendable, Equatable, Codable {
    var value: String
    var id: String
  }

  package struct Invalid: Error, Sendable, Equatable {
    package let message: String
  }

  package struct Page: Sendable {
    package let files: [IndexEntry]
    /// For `after`; nil at the end.
    package let next: String?
    /// Files that match, on all pages.
    package let total: Int
  }

  package init() {}

  /// - Parameter query: decoded; `sort` is a field, with `-` before it for descending order.
  /// - Throws: `Invalid` names the parameter.
  package init(query: [(name: String, value: String?)]) throws(Invalid) {
    for (name, value) in query {
      let value = value ?? ""
      switch name {
      case "sort":
        isDescending = value.hasPrefix("-")
        let name = isDescending ? String(value.dropFirst()) : value
        guard let field = Field(rawValue: name) else {
          throw Invalid(message: "sort must be createdAt, name or size, with '-' before it for descending order")
        }
        self.field = field
      case "type":
        guard value.isEmpty || MediaKind(rawValue: value) != nil else {
          throw Invalid(message: "type must be image, video, audio or other")
        }
        kind = MediaKind(rawValue: value)
      case "q": text = value.lowercased()
      case "limit":
        guard let number = Int(value), Self.limits.contains(number) else {
          throw Invalid(message: "limit must be a whole number from 1 to \(Self.limits.upperBound)")
        }
        limit = number
      case "derived": includesDerived = value == "true"
      case "after":
        guard let bytes = Base64URL.decode(value), let cursor = try? JSON.decode(Cursor.self, from: bytes) else {
          throw Invalid(message: "after must be the 'next' of a former page")
        }
        after = cursor
      default: break
      }
    }
  }

  /// The page of these files, in any order.
  package func page(of entries: [IndexEntry]) -> Page {
    let found = entries.filter(matches).map { (key: Cursor(value: sortKey($0), id: $0.id), entry: $0) }
      .sorted { precedes($0.key, $1.key) }
    let rest = after.map { after in found.drop { !precedes(after, $0.key) } } ?? found[...]
    let shown = rest.prefix(limit)
    var next: String?
    if rest.count > shown.count, let last = shown.last, let text = try? JSON.encode(last.key) {
      next = Base64URL.encode(text)
    }
    return Page(files: shown.map(\.entry), next: next, total: found.count)
  }

  private func matches(_ entry: IndexEntry) -> Bool {
    (includesDerived || entry.role == .original || entry.role == .moment) && (kind == nil || entry.kind == kind)
      && (text.isEmpty || entry.name.lowercased().contains(text))
  }

  /// Text whose order is that of the field.
  private func sortKey(_ entry: IndexEntry) -> String {
    switch field {
    case .createdAt: return entry.createdAt
    case .name: return entry.name.lowercased()
    case .size:
      let digits = String(entry.size)
      return String(repeating: "0", count: max(0, 19 - digits.count)) + digits
    }
  }

  private func precedes(_ one: Cursor, _ other: Cursor) -> Bool {
    let (first, second) = isDescending ? (other, one) : (one, other)
    return (first.value, first.id) < (second.value, second.id)
  }
}
