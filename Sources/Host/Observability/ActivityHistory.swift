package import Core
import FoundationEssentials

/// Runs and jobs of this and earlier runs of the host, as lines of JSON in a file of bounded size in the data folder.
///
/// A file rather than the database: each run ends in one line, nothing is ever changed, and a lost second after a crash
/// costs a row of the console. The database's single writer is for objects and the queue.
package final class ActivityHistory: Sendable {
  package enum Entry: Sendable, Equatable {
    case invocation(InvocationRecord)
    case job(JobWatch.Place)
  }

  /// What a former run left.
  package struct Past: Sendable {
    /// The oldest first.
    package var invocations: [InvocationRecord] = []
    package var jobs: [JobWatch.Place] = []
  }

  /// Two files of this size are kept: about twelve thousand runs.
  static let maximumFileBytes = 2 << 20
  /// Of the runs that end within a tenth of a second so many that succeeded are kept: writing down thousands a second
  /// would cost as much as running them.
  private static let mostSuccesses = 20
  /// Entries that wait for a slow disk; beyond them all are left out.
  private static let maximumPending = 4096

  private let path: String
  private let entries: BatchedFile<Entry>

  private struct Line: Codable {
    var invocation: InvocationRecord?
    var job: JobWatch.Place?
  }

  /// - Parameter folder: gets `history.jsonl` and, once that is full, `history.jsonl.1`.
  package init(folder: String) throws(RuntimeError) {
    path = "\(folder)/history.jsonl"
    let file = try LogFile(path: path, limit: Self.maximumFileBytes)
    entries = BatchedFile(file, label: "zoetrope.history", encode: Self.lines)
  }

  /// Blocks. Lines that cannot be read are passed over: the last one may be half of one.
  package func load() -> Past {
    var past = Past()
    for path in ["\(path).1", path] {
      guard let bytes = FileManager.default.contents(atPath: path) else { continue }
      for line in bytes.split(separator: UInt8(ascii: "\n")) {
        guard let line = try? JSON.decode(Line.self, from: Array(line)) else { continue }
        if let invocation = line.invocation { past.invocations.append(invocation) }
        if let job = line.job { past.jobs.append(job) }
      }
    }
    return past
  }

  package func append(_ entry: Entry) {
    entries.append(entry, limit: entry.isOrdinary ? Self.mostSuccesses : Self.maximumPending)
  }

  /// Waits until everything is in the file.
  package func flush() async { await entries.flush() }

  private static func lines(_ entries: [Entry]) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      var line = Line()
      switch entry {
      case .invocation(let record): line.invocation = record
      case .job(let place): line.job = place
      }
      guard let encoded = try? JSON.encode(line) else { continue }
      bytes += encoded
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }
}

extension ActivityHistory.Entry {
  /// A run that succeeded, as most do.
  fileprivate var isOrdinary: Bool {
    if case .invocation(let record) = self { record.outcome == "success" } else { false }
  }
}
