import Core

/// Tells which worker finishes a job of many parts, without listing and without a counter that all workers contend for.
///
/// Every part has a record, a leaf. A worker that has written its leaf reads the others of the same group; if one is missing,
/// the worker of that one will finish the group. If all are there, it writes the group's summary, which contains the records,
/// and does the same one level up. The store is strongly consistent, so of two workers that write at the same time at least
/// one sees both. Parts mostly end in order, so the first read, of the group's last record, mostly ends the search:
/// a job of *n* parts costs about 2 *n* small reads in all, and its end about `fanOut` per level.
///
/// Summaries may be written more than once, and a part that is done again replaces the summaries above it.
package struct RecordTree<Record: Codable & Sendable>: Sendable {
  private let documents: DocumentStore
  private let bucket: String
  private let count: Int
  private let leafKey: @Sendable (Int) -> String
  private let prefix: String
  private let fanOut: Int
  /// Records read at the same time.
  private static var readers: Int { 16 }

  /// - Parameters:
  ///   - count: parts of the job, at least 1.
  ///   - prefix: where the summaries are written: `PREFIXsummary-LEVEL-NUMBER.json`.
  ///   - fanOut: records of a group, at least 2.
  ///   - leafKey: key of a part's record, by its number from 0.
  package init(
    documents: DocumentStore, bucket: String, count: Int, prefix: String, fanOut: Int = 16,
    leafKey: @escaping @Sendable (Int) -> String
  ) {
    precondition(count > 0 && fanOut > 1)
    self.documents = documents
    self.bucket = bucket
    self.count = count
    self.prefix = prefix
    self.fanOut = fanOut
    self.leafKey = leafKey
  }

  /// To be called after the part's record was written, and again when the part is delivered a second time.
  ///
  /// - Parameters:
  ///   - index: number of the part, from 0.
  ///   - record: what was written.
  /// - Returns: the records of all parts in order; `nil` if a part is missing, whose worker will get them.
  /// - Throws: `ObjectStoreError`.
  package func records(after record: Record, at index: Int) async throws -> [Record]? {
    precondition((0..<count).contains(index))
    var (number, nodes, level) = (index, count, 0)
    var own = [record]
    while nodes > 1 {
      let group = number / fanOut
      let members = group * fanOut..<min((group + 1) * fanOut, nodes)
      guard let merged = try await merge(members, at: level, own: own, number: number) else { return nil }
      (own, number, level) = (merged, group, level + 1)
      nodes = (nodes + fanOut - 1) / fanOut
      if nodes > 1 {
        try await documents.write(own, at: summaryKey(level, number), in: bucket)
      }
    }
    return own
  }

  private func summaryKey(_ level: Int, _ number: Int) -> String { "\(prefix)summary-\(level)-\(number).json" }

  /// The records of all nodes of a group, in order; `nil` if one is missing.
  private func merge(_ members: Range<Int>, at level: Int, own: [Record], number: Int) async throws -> [Record]? {
    var found = [number: own]
    let others = members.filter { $0 != number }
    // The last one by itself: as long as that is missing, nothing else needs to be read.
    if let last = others.last {
      guard let records = try await node(level, last) else { return nil }
      found[last] = records
    }
    let rest = others.dropLast()
    let complete = try await withThrowingTaskGroup(of: (Int, [Record]?).self) { group in
      var waiting = rest.makeIterator()
      for _ in 0..<Self.readers {
        guard let next = waiting.next() else { break }
        group.addTask { (next, try await node(level, next)) }
      }
      while let (index, records) = try await group.next() {
        guard let records else {
          group.cancelAll()
          return false
        }
        found[index] = records
        if let next = waiting.next() { group.addTask { (next, try await node(level, next)) } }
      }
      return true
    }
    return complete ? members.flatMap { found[$0] ?? [] } : nil
  }

  private func node(_ level: Int, _ number: Int) async throws -> [Record]? {
    if level == 0 {
      return try await documents.read(Record.self, at: leafKey(number), in: bucket)?.value.map { [$0] }
    }
    return try await documents.read([Record].self, at: summaryKey(level, number), in: bucket)?.value
  }
}
