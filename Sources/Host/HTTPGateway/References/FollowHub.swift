import Synchronization

/// The results that are followed at present, each by one task for all of its callers.
package final class FollowHub: Sendable {
  private struct Entry {
    var following: Following
    var task: Task<Void, Never>
    var callers: Int
  }

  private let store: any ReferenceStore
  private let entries = Mutex<[Following.Place: Entry]>([:])

  package init(store: any ReferenceStore) { self.store = store }

  /// To be given back by `leave`.
  package func join(_ place: Following.Place) -> Following {
    entries.withLock { entries in
      // The present callers are told of one that has ended; a later caller looks again.
      if var entry = entries[place], entry.following.progress.end == nil {
        entry.callers += 1
        entries[place] = entry
        return entry.following
      }
      let following = Following(place, store: store)
      entries[place] = Entry(following: following, task: Task { await following.run() }, callers: 1)
      return following
    }
  }

  package func leave(_ following: Following) {
    let task = entries.withLock { entries -> Task<Void, Never>? in
      guard var entry = entries[following.place], entry.following === following else { return nil }
      entry.callers -= 1
      entries[following.place] = entry.callers == 0 ? nil : entry
      return entry.callers == 0 ? entry.task : nil
    }
    task?.cancel()
  }
}
