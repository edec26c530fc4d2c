/// What a list tells of a file: a part of its record that changes rarely.
package struct IndexEntry: Sendable, Codable, Equatable {
  package var id: String
  package var name: String
  package var mimeType: String
  package var size: Int64
  package var role: FileRole
  package var version: Int
  package var createdAt: String
  package var width: Int?
  package var height: Int?
  package var duration: Double?
  package var sourceFileId: String?
  package var thumbnailFileId: String?
  package var proxyStatus: DerivativeStatus?
  package var waveformOutline: String?
  /// The members of the record that say of a derivative that it has failed.
  package var failed: [String]?

  package init(_ record: FileRecord) {
    id = record.id
    name = record.name
    mimeType = record.mimeType
    size = record.size
    role = record.role
    version = record.version
    createdAt = record.createdAt
    width = record.width
    height = record.height
    duration = record.duration
    sourceFileId = record.sourceFileId
    thumbnailFileId = record.thumbnailFileId
    proxyStatus = record.proxyStatus
    waveformOutline = record.kind == .audio ? record.waveformOutline : nil
    let failed = Derivative.allCases.filter { record[status: $0] == .failed }.map(\.statusName)
    self.failed = failed.isEmpty ? nil : failed
  }

  package var kind: MediaKind { MediaKind(mimeType: mimeType) }
}

/// An object of the index: up to 1,000 files of one library.
package struct IndexPage: Sendable, Codable, Equatable {
  package static let capacity = 1000

  package var entries: [IndexEntry]

  package init(entries: [IndexEntry] = []) { self.entries = entries }

  package var isFull: Bool { entries.count >= Self.capacity }

  /// - Returns: whether anything has changed.
  package mutating func set(_ entry: IndexEntry) -> Bool {
    guard let place = entries.firstIndex(where: { $0.id == entry.id }) else {
      entries.append(entry)
      return true
    }
    guard entries[place] != entry else { return false }
    entries[place] = entry
    return true
  }

  /// - Returns: whether it was there.
  package mutating func remove(_ id: String) -> Bool {
    let count = entries.count
    entries.removeAll { $0.id == id }
    return entries.count < count
  }

  package static func prefix(libraryID: String) -> String { "index/files/\(libraryID)/" }

  package static func key(libraryID: String, page: Int) -> String {
    let digits = String(page)
    return prefix(libraryID: libraryID) + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".json"
  }

  /// The number in a key; nil for any other.
  package static func number(in key: String) -> Int? {
    guard key.hasSuffix(".json"), let slash = key.lastIndex(of: "/") else { return nil }
    return Int(key[key.index(after: slash)...].dropLast(5))
  }
}
