import Core
import Testing

@Suite("Runs of numbered work")
struct RunAffinityTests {
  @Test(
    "each worker goes on behind what it has done, and halves what another has before it",
    arguments: [
      (free: [0, 1, 2, 3, 4, 5, 6, 7], busy: [], last: nil, chosen: 0),
      (free: [1, 2, 3, 4, 5, 6, 7], busy: [0], last: nil, chosen: 4),
      (free: [1, 2, 3, 5, 6, 7], busy: [0], last: 4, chosen: 5),
      (free: [1, 2, 3, 5, 6, 7], busy: [4], last: 0, chosen: 1),
      // Its own run has ended where another's began.
      (free: [12, 13, 14, 15], busy: [11], last: 3, chosen: 14),
      (free: [12], busy: [11], last: 3, chosen: 12),
      // The longest rest of all.
      (free: [2, 3, 10, 11, 12, 13, 20], busy: [1, 9, 19], last: 8, chosen: 12),
      // Numbers between may belong to others.
      (free: [10, 20, 30], busy: [], last: 5, chosen: 10),
      (free: [40, 50, 60], busy: [30], last: 5, chosen: 50),
    ] as [(free: [Int64], busy: Set<Int64>, last: Int64?, chosen: Int64)])
  func choice(_ one: (free: [Int64], busy: Set<Int64>, last: Int64?, chosen: Int64)) {
    #expect(one.free[RunAffinity.index(in: one.free, busy: one.busy, after: one.last)] == one.chosen)
  }

  @Test("everything is done once, in few runs, whatever the number of workers", arguments: 1...9)
  func complete(workers: Int) {
    var free = (0..<120).map(Int64.init)
    var last = [Int64?](repeating: nil, count: workers)
    var busy: Set<Int64> = []
    var (done, jumps, step) = ([Int64](), 0, 0)
    while !free.isEmpty || !busy.isEmpty {
      // Some are quicker than others.
      let worker = step * 7 % 11 % workers
      step += 1
      if let number = last[worker], busy.remove(number) != nil { done.append(number) }
      guard !free.isEmpty else {
        if step > 10_000 { break }
        continue
      }
      let index = RunAffinity.index(in: free, busy: busy, after: last[worker])
      let number = free.remove(at: index)
      if last[worker].map({ $0 + 1 != number }) ?? true { jumps += 1 }
      last[worker] = number
      busy.insert(number)
    }
    #expect(done.sorted() == (0..<120).map(Int64.init))
    #expect(jumps <= 6 * workers, "\(jumps) runs")
  }
}
