import Synchronization

/// Who still reads which file. A file that is removed while it is read goes when its last reader is done.
final class FileLeases: Sendable {
  private struct State {
    var readers: [String: Int] = [:]
    /// To be removed when the last reader is done.
    var waiting: Set<String> = []
    /// Being removed just now.
    var leaving: Set<String> = []
  }

  private let state = Mutex(State())

  /// - Returns: false, and nothing is acquired, where one of the files is being removed.
  func acquire(_ names: [String]) -> Bool {
    state.withLock { state in
      guard names.allSatisfy({ !state.leaving.contains($0) && !state.waiting.contains($0) }) else { return false }
      for name in names { state.readers[name, default: 0] += 1 }
      return true
    }
  }

  /// - Returns: the files to remove now; `forget` them afterwards.
  func release(_ names: [String]) -> [String] {
    state.withLock { state in
      var free: [String] = []
      for name in names {
        let count = (state.readers[name] ?? 1) - 1
        state.readers[name] = count > 0 ? count : nil
        if count <= 0, state.waiting.remove(name) != nil { free.append(name) }
      }
      state.leaving.formUnion(free)
      return free
    }
  }

  /// - Returns: the files to remove now; `forget` them afterwards.
  func markForDeletion(_ names: [String]) -> [String] {
    state.withLock { state in
      let free = names.filter { state.readers[$0] == nil }
      state.waiting.formUnion(names.filter { state.readers[$0] != nil })
      state.leaving.formUnion(free)
      return free
    }
  }

  func forget(_ names: [String]) {
    guard !names.isEmpty else { return }
    state.withLock { $0.leaving.subtract(names) }
  }
}
