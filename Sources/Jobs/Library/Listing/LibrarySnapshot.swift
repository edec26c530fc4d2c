import Synchronization

/// The files of a library as its index had them at one time, in every order that was asked for.
package final class LibrarySnapshot: Sendable {
  package let entries: [IndexEntry]
  private let orders = Mutex<[FileListing.Field: [Int]]>([:])

  package init(_ entries: [IndexEntry]) { self.entries = entries }

  /// Positions in `entries`, ascending by the field and then by identifier. Is made once.
  func order(by field: FileListing.Field) -> [Int] {
    if let order = orders.withLock({ $0[field] }) { return order }
    let keys = entries.map { field.key(of: $0) }
    let order = entries.indices.sorted { one, other in
      keys[one] != keys[other] ? keys[one] < keys[other] : entries[one].id < entries[other].id
    }
    orders.withLock { $0[field] = order }
    return order
  }
}

extension FileListing.Field {
  /// Text whose order is that of the field.
  func key(of entry: IndexEntry) -> String {
    switch self {
    case .createdAt: return entry.createdAt
    case .name: return entry.name.lowercased()
    case .size:
      let digits = String(entry.size)
      return String(repeating: "0", count: max(0, 19 - digits.count)) + digits
    }
  }
}
