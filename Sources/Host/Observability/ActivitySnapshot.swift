package import Core
import Dispatch
import FoundationEssentials
import Glibc

/// What the console's charts and totals are made of. It is written down now and then, so that they go on after a restart.
package struct ActivitySnapshot: Sendable, Codable, Equatable {
  /// When counting began; milliseconds since 1970.
  package var since: Int64
  /// When this was taken.
  package var time: Int64
  package var functions: [String: FunctionActivity.Saved] = [:]
  package var gigabyteSeconds: [String: Double] = [:]
  package var routes: [String: RouteActivity.Saved] = [:]
  package var queues: [QueueSamples.Saved] = []

  package init(since: Int64, time: Int64) {
    self.since = since
    self.time = time
  }
}

/// Writes snapshots of the console's counts into one file, which each replaces. Its size is bounded by the functions and
/// routes of the template: an hour of intervals for each.
package final class ActivityArchive: Sendable {
  private let path: String
  private let take: @Sendable () -> ActivitySnapshot
  private let writer = DispatchQueue(label: "zoetrope.counts")

  /// - Parameters:
  ///   - folder: gets `counts.json`.
  ///   - take: makes a snapshot.
  package init(folder: String, take: @escaping @Sendable () -> ActivitySnapshot) {
    path = Self.path(folder)
    self.take = take
  }

  private static func path(_ folder: String) -> String { "\(folder)/counts.json" }

  /// What a former run of the host left. Blocks.
  ///
  /// - Parameter now: milliseconds since 1970. What a clock that was ahead has counted is left out: nothing could be added to
  ///   it until then.
  /// - Returns: nil if there is nothing that can be read; counting begins then.
  package static func load(folder: String, now: Int64) -> ActivitySnapshot? {
    FileManager.default.contents(atPath: path(folder))
      .flatMap { try? JSON.decode(ActivitySnapshot.self, from: Array($0)) }
      .flatMap { $0.time > now + 60_000 ? nil : $0 }
  }

  /// Waits until the present counts are in the file. A full disk costs this one snapshot.
  package func save() async {
    await withCheckedContinuation { continuation in
      writer.async { [self] in
        if let bytes = try? JSON.encode(take()) { write(bytes) }
        continuation.resume()
      }
    }
  }

  private func write(_ bytes: [UInt8]) {
    let unfinished = "\(path).new"
    guard FileManager.default.createFile(atPath: unfinished, contents: Data(bytes)) else { return }
    chmod(unfinished, 0o600)
    let file = open(unfinished, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    fsync(file)
    close(file)
    rename(unfinished, path)
  }
}
