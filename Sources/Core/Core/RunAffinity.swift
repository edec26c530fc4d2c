/// Shares numbered work out among workers so that each does runs of items that follow each other, where that is cheaper.
package enum RunAffinity {
  /// Chooses the item that a worker does next: the one behind its last; where that is taken, half of what another worker
  /// has before it.
  ///
  /// - Parameters:
  ///   - free: numbers of items that no worker does yet: ascending, not empty.
  ///   - busy: numbers of items that others do.
  ///   - last: number of the item that this worker has done; `nil` for its first.
  /// - Returns: an index of `free`.
  package static func index(in free: [Int64], busy: Set<Int64>, after last: Int64?) -> Int {
    if let last {
      let next = firstIndex(in: free, above: last)
      if next < free.count, !busy.contains(where: { $0 > last && $0 < free[next] }) { return next }
    }
    var best = 0..<0
    var begin = 0
    for index in free.indices {
      let isLast = index == free.count - 1
      guard isLast || busy.contains(where: { $0 > free[index] && $0 < free[index + 1] }) else { continue }
      if index + 1 - begin > best.count { best = begin..<(index + 1) }
      begin = index + 1
    }
    // The first item of a run belongs to the worker that does the one before it.
    let isFollowed = busy.contains { number in
      number < free[best.lowerBound] && (best.lowerBound == 0 || number > free[best.lowerBound - 1])
    }
    return isFollowed ? best.lowerBound + best.count / 2 : best.lowerBound
  }

  private static func firstIndex(in ascending: [Int64], above number: Int64) -> Int {
    var (low, high) = (0, ascending.count)
    while low < high {
      let middle = (low + high) / 2
      if ascending[middle] <= number { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
