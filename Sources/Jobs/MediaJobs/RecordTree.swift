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

  /// The records of the parts that have ended, found by a number of reads that grows with the logarithm of `count`, and
  /// without listing.
  ///
  /// A group without a summary is looked into if its first or last part has ended, or if it contains `index`. So of parts
  /// that end in runs, the ones left out are those of a run's first group, until that is complete.
  ///
  /// - Parameter index: number of a part, from 0; the others of its group are all looked at.
  /// - Throws: `ObjectStoreError`.
  package func endedRecords(near index: Int) async throws -> [Record] {
    precondition((0..<count).contains(index))
    var (nodes, level) = (count, 0)
    while nodes > fanOut {
      nodes = (nodes + fanOut - 1) / fanOut
      level += 1
    }
    return try await ended(0..<nodes, at: level, near: index)
  }

  /// Those below the nodes of a group, in order.
  private func ended(_ members: Range<Int>, at level: Int, near index: Int) async throws -> [Record] {
    let found = try await withThrowingTaskGroup(of: (Int, [Record]).self) { group in
      for number in members {
        group.addTask { (number, try await ended(level, number, near: index)) }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    return members.flatMap { found[$0] ?? [] }
  }

  private func ended(_ level: Int, _ number: Int, near index: Int) async throws -> [Record] {
    if let records = try await node(level, number) { return records }
    guard level > 0 else { return [] }
    let width = (0..<level - 1).reduce(1) { width, _ in width * fanOut }
    let nodes = (count + width - 1) / width
    let members = number * fanOut..<min((number + 1) * fanOut, nodes)
    let parts = members.lowerBound * width..<min(members.upperBound * width, count)
    if !parts.contains(index) {
      var edge = try await node(0, parts.lowerBound)
      if edge == nil { edge = try await node(0, parts.upperBound - 1) }
      guard edge != nil else { return [] }
    }
    return try await ended(members, at: level - 1, near: index)
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
