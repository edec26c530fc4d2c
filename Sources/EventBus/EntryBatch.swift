import Core

/// Entries that travel in one request.
struct EntryBatch: Sendable {
  struct Item: Sendable {
    /// Among all entries to be published.
    let index: Int
    let entry: PutEventsRequest.Entry
  }

  /// From 0.
  let number: Int
  var entries: [Item] = []
  var size = 0

  /// Fills batches in order, each as far as AWS's limits allow.
  ///
  /// - Throws: `PublishError` for the first entry that no bus would accept.
  static func split(_ entries: [PutEventsEntry]) throws(PublishError) -> [EntryBatch] {
    var batches: [EntryBatch] = []
    var current = EntryBatch(number: 0)
    for (index, entry) in entries.enumerated() {
      let wire = try checked(entry, index: index)
      let size = wire.size
      if current.entries.count == PutEventsLimits.entries || current.size + size > PutEventsLimits.bytes {
        batches.append(current)
        current = EntryBatch(number: batches.count)
      }
      current.entries.append(Item(index: index, entry: wire))
      current.size += size
    }
    if !current.entries.isEmpty { batches.append(current) }
    return batches
  }

  private static func checked(_ entry: PutEventsEntry, index: Int) throws(PublishError) -> PutEventsRequest.Entry {
    do throws(EntryRefusal) {
      let wire = try entry.wire()
      _ = try wire.required(isTrusted: false)
      guard entry.detail.objectValue != nil else { throw .malformedDetail }
      guard wire.size <= PutEventsLimits.bytes else {
        throw .invalid("Detail", "The entry has \(wire.size) bytes, at most \(PutEventsLimits.bytes) are allowed.")
      }
      return wire
    } catch {
      throw PublishError(error, index: index, entry: .init(source: entry.source, detailType: entry.detailType))
    }
  }
}
