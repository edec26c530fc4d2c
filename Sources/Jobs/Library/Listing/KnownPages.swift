import S3Protocol
import Synchronization

/// Pages of libraries' indexes that this process has read, so that it reads only those again that have changed.
final class KnownPages: Sendable {
  struct Page: Sendable {
    var etag: ETag
    var entries: [IndexEntry]
  }

  private struct Library {
    var pages: [Int: Page]
    var snapshot: LibrarySnapshot
    var lastUse: Int
  }

  private struct State {
    var libraries: [String: Library] = [:]
    var entries = 0
    var uses = 0
  }

  /// Files of all libraries together that are kept: about half a kilobyte each.
  static let maximumEntries = 250_000
  private let state = Mutex(State())

  init() {}

  func pages(of library: String) -> [Int: Page] { state.withLock { $0.libraries[library]?.pages ?? [:] } }

  /// What was made of exactly these pages; nil if they are others by now.
  func snapshot(of library: String, if isCurrent: ([Int: Page]) -> Bool) -> LibrarySnapshot? {
    state.withLock { state in
      guard let known = state.libraries[library], isCurrent(known.pages) else { return nil }
      state.uses += 1
      state.libraries[library]?.lastUse = state.uses
      return known.snapshot
    }
  }

  /// Libraries that were not asked for longest go if there are too many.
  func keep(_ pages: [Int: Page], _ snapshot: LibrarySnapshot, of library: String) {
    state.withLock { state in
      state.entries -= state.libraries.removeValue(forKey: library)?.snapshot.entries.count ?? 0
      guard snapshot.entries.count <= Self.maximumEntries else { return }
      state.uses += 1
      state.libraries[library] = Library(pages: pages, snapshot: snapshot, lastUse: state.uses)
      state.entries += snapshot.entries.count
      while state.entries > Self.maximumEntries,
        let oldest = state.libraries.min(by: { $0.value.lastUse < $1.value.lastUse })
      {
        state.libraries[oldest.key] = nil
        state.entries -= oldest.value.snapshot.entries.count
      }
    }
  }
}
