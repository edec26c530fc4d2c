import Dispatch
import Synchronization

/// A log file whose entries are gathered for a tenth of a second and then written at once, away from those that add them.
final class BatchedFile<Entry: Sendable>: Sendable {
  private struct Pending {
    var entries: [Entry] = []
    var weight = 0
  }

  private let file: LogFile
  private let writer: DispatchQueue
  private let encode: @Sendable ([Entry]) -> [UInt8]
  private let pending = Mutex(Pending())

  /// - Parameters:
  ///   - label: names the queue that writes.
  ///   - encode: what is written of some entries.
  init(_ file: LogFile, label: String, encode: @escaping @Sendable ([Entry]) -> [UInt8]) {
    self.file = file
    writer = DispatchQueue(label: label)
    self.encode = encode
  }

  /// Adds an entry, unless the disk is so slow that those which wait would weigh more than `limit` with it.
  func append(_ entry: Entry, weight: Int = 1, limit: Int) {
    let isFirst = pending.withLock { pending in
      guard pending.weight + weight <= limit else { return false }
      pending.weight += weight
      pending.entries.append(entry)
      return pending.entries.count == 1
    }
    if isFirst { writer.asyncAfter(deadline: .now() + .milliseconds(100)) { self.write() } }
  }

  /// Waits until everything is in the file.
  func flush() async {
    await withCheckedContinuation { continuation in
      writer.async {
        self.write()
        continuation.resume()
      }
    }
  }

  private func write() {
    let entries = pending.withLock { pending in
      defer { pending = Pending() }
      return pending.entries
    }
    let bytes = encode(entries)
    if !bytes.isEmpty { file.append(bytes) }
  }
}
