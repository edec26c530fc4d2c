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
  /// Files that are passed over, if there is no `after`: lists that are shown in part ask for any stretch.
  package var offset = 0
  package var limit = 50
  /// Files whose names begin with it; those further down are counted by folder. Empty, or with a slash at its end; nil
  /// for the files of all folders.
  package var folder: String?
  /// Files of which a derivative has failed.
  package var failedOnly = false
  /// Whether the months of the files are counted, in the list's order.
  package var countsMonths = false
  /// Posters and proxies are shown with their sources, not beside them.
  package var includesDerived = false

  package static let limits = 1...200
  package static let maximumFolders = 500

  /// A file that was listed last.
  package struct Cursor: Sendable, Equatable, Codable {
    var value: String
    var id: String
  }

  package struct Invalid: Error, Sendable, Equatable {
    package let message: String
  }

  /// Files that have something in common.
  package struct Group: Sendable, Equatable, Encodable {
    package let name: String
    package let count: Int
  }

  package struct Page: Sendable {
    package let files: [IndexEntry]
    /// Folders within the folder, by name; at most `maximumFolders`.
    package let folders: [Group]
    /// `2026-11`, …, of all pages.
    package let months: [Group]
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
      case "failed": failedOnly = value == "true"
      case "groups": countsMonths = value == "month"
      case "offset":
        guard let number = Int(value), (0...1_000_000_000).contains(number) else {
          throw Invalid(message: "offset must be a whole number from 0")
        }
        offset = number
      case "folder":
        guard value.isEmpty || value.hasSuffix("/") else { throw Invalid(message: "folder must end with a slash") }
        folder = value
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
  package func page(of entries: [IndexEntry]) -> Page { page(of: LibrarySnapshot(entries)) }

  /// The page of these files. Goes once through all of them.
  package func page(of snapshot: LibrarySnapshot) -> Page {
    let order = snapshot.order(by: field)
    var shown: [IndexEntry] = []
    var (total, skipped, hasMore) = (0, 0, false)
    var (folders, months) = ([Substring: Int](), [Group]())
    // Whether what comes is beyond the last file of the former page.
    var isBeyond = after == nil
    for index in order.indices {
      let entry = snapshot.entries[isDescending ? order[order.count - 1 - index] : order[index]]
      guard matches(entry) else { continue }
      if let folder, text.isEmpty {
        let rest = entry.name.dropFirst(folder.count)
        if let slash = rest.firstIndex(of: "/") {
          folders[rest[..<slash], default: 0] += 1
          continue
        }
      }
      total += 1
      if countsMonths { Self.count(entry.createdAt.prefix(7), in: &months) }
      if !isBeyond, let after { isBeyond = precedes(after, cursor(entry)) }
      guard isBeyond else { continue }
      if after == nil, skipped < offset {
        skipped += 1
      } else if shown.count < limit {
        shown.append(entry)
      } else {
        hasMore = true
      }
    }
    var next: String?
    if hasMore, let last = shown.last, let text = try? JSON.encode(cursor(last)) { next = Base64URL.encode(text) }
    return Page(
      files: shown,
      folders: folders.map { Group(name: String($0), count: $1) }.sorted { $0.name < $1.name }
        .prefix(Self.maximumFolders).map { $0 },
      months: months, next: next, total: total)
  }

  private func cursor(_ entry: IndexEntry) -> Cursor { Cursor(value: field.key(of: entry), id: entry.id) }

  private static func count(_ month: Substring, in months: inout [Group]) {
    if let last = months.last, last.name == month {
      months[months.count - 1] = Group(name: last.name, count: last.count + 1)
    } else {
      months.append(Group(name: String(month), count: 1))
    }
  }

  private func matches(_ entry: IndexEntry) -> Bool {
    (includesDerived || entry.role == .original || entry.role == .moment) && (kind == nil || entry.kind == kind)
      && (text.isEmpty || entry.name.lowercased().contains(text)) && (folder.map { entry.name.hasPrefix($0) } ?? true)
      && (!failedOnly || entry.failed != nil)
  }

  private func precedes(_ one: Cursor, _ other: Cursor) -> Bool {
    let (first, second) = isDescending ? (other, one) : (one, other)
    return (first.value, first.id) < (second.value, second.id)
  }
}
