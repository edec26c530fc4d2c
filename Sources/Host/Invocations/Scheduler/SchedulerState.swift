package import FoundationEssentials

/// Decides what is claimed and what runs: pure. The clock is a parameter, effects are the scheduler's.
package struct SchedulerState {
  private struct Lane {
    let policy: FunctionPolicy
    let limit: Int
    var ready: ReadyInvocations
    var running = 0
    /// The queue may hold more than what is ready.
    var mayHaveMore = true
    /// Something was queued since the last claim.
    var hasNews = false
    var nextAt: Date?
    /// How long runs took of late; nil before the first.
    var usualRun: Duration?

    /// Whether it may have a slot more than there are.
    var isQuick: Bool { usualRun.map { $0 < .seconds(1) } ?? false }
  }

  package let concurrency: Int
  /// Whether invocations are claimed before there is a free slot for them.
  private let claimsAhead: Bool
  private var lanes: [String: Lane] = [:]
  private var pick = WeightedPick<String>()
  /// With and without a slot.
  package private(set) var running = 0
  private var takenSlots = 0
  private var isClaiming = false
  package private(set) var isStopped = false

  /// - Parameter claimsAhead: false where others could run meanwhile what waits here.
  package init(policies: [FunctionPolicy], concurrency: Int, claimsAhead: Bool = true) {
    self.concurrency = max(0, concurrency)
    self.claimsAhead = claimsAhead
    for policy in policies {
      lanes[policy.name] = Lane(
        policy: policy, limit: Self.limit(policy, concurrency),
        ready: ReadyInvocations(isSequential: policy.isSequential))
    }
  }

  /// A node without slots runs nothing.
  private static func limit(_ policy: FunctionPolicy, _ concurrency: Int) -> Int {
    if policy.takesSlot { return min(policy.concurrency ?? concurrency, concurrency) }
    return concurrency > 0 ? policy.concurrency ?? FunctionPolicy.concurrencyWithoutSlots : 0
  }

  package func policy(_ function: String) -> FunctionPolicy? { lanes[function]?.policy }

  /// New work of these functions was queued.
  package mutating func queued(_ functions: some Sequence<String>) {
    for function in functions {
      lanes[function]?.mayHaveMore = true
      lanes[function]?.hasNews = true
    }
  }

  /// Work of the function may run from then on.
  package mutating func due(_ function: String, at date: Date) {
    guard let known = lanes[function]?.nextAt, known <= date else {
      lanes[function]?.nextAt = date
      return
    }
  }

  /// The next invocation to run, if a slot is free. Functions whose runs took under a second of late may have one slot more
  /// than there are, so that they need not wait for long ones.
  ///
  /// - Parameter full: functions that have no room at present.
  package mutating func next(full: Set<String> = []) -> ClaimedInvocation? {
    guard !isStopped, concurrency > 0 else { return nil }
    let able = lanes.filter { name, lane in
      !lane.ready.isEmpty && lane.running < lane.limit && hasSlot(for: lane) && !full.contains(name)
    }
    guard let name = pick.next(among: able.map { ($0.key, $0.value.policy.weight) }) else { return nil }
    running += 1
    if lanes[name]?.policy.takesSlot == true { takenSlots += 1 }
    lanes[name]?.running += 1
    return lanes[name]?.ready.next()
  }

  private func hasSlot(for lane: Lane) -> Bool {
    !lane.policy.takesSlot || takenSlots < concurrency || takenSlots == concurrency && lane.isQuick
  }

  /// One that `next` gave is over.
  ///
  /// - Parameter duration: of its run; nil if it was not run.
  package mutating func ended(_ claimed: ClaimedInvocation, after duration: Duration? = nil) {
    let function = claimed.invocation.function
    if let duration, let lane = lanes[function] {
      lanes[function]?.usualRun = lane.usualRun.map { ($0 * 3 + duration) / 4 } ?? duration
    }
    running -= 1
    if lanes[function]?.policy.takesSlot == true { takenSlots -= 1 }
    lanes[function]?.running -= 1
    lanes[function]?.ready.ended(claimed)
  }

  /// What to ask the queue for, where anything: lanes that run low and may have more. One claim at a time.
  package mutating func wanted(now: Date) -> [String: Int]? {
    guard !isStopped, !isClaiming else { return nil }
    var wanted: [String: Int] = [:]
    for (name, lane) in lanes where lane.limit > 0 {
      let isDue = lane.nextAt.map { $0 <= now } ?? false
      guard lane.mayHaveMore || isDue else { continue }
      if isDue {
        // Without room now, it is looked at when there is some.
        lanes[name]?.nextAt = nil
        lanes[name]?.mayHaveMore = true
      }
      guard let count = count(for: lane) else { continue }
      wanted[name] = count
      lanes[name]?.mayHaveMore = false
      lanes[name]?.hasNews = false
    }
    guard !wanted.isEmpty else { return nil }
    isClaiming = true
    return wanted
  }

  /// How many to claim now; nil is none.
  private func count(for lane: Lane) -> Int? {
    guard claimsAhead else {
      let room = lane.limit - lane.running
      let free = (lane.policy.takesSlot ? min(room, concurrency - takenSlots) : room) - lane.ready.count
      return free > 0 ? free : nil
    }
    // As many again as can run: what is claimed waits in memory, what is not waits in the queue.
    let usual = min(256, max(8, 2 * lane.limit))
    guard lane.policy.isSequential else {
      return lane.ready.count <= usual / 2 ? usual - lane.ready.count : nil
    }
    // Runs are cut from what is claimed; whatever has just come may be of another group, whose turn is not to be late.
    let target = 4 * usual
    if lane.ready.count <= target / 2 { return target - lane.ready.count }
    return lane.hasNews && lane.ready.count < 2 * target ? usual : nil
  }

  package mutating func claimed(_ batches: [String: ClaimedBatch]) {
    isClaiming = false
    for (name, batch) in batches {
      lanes[name]?.ready.append(batch.invocations)
      if batch.hasMore { lanes[name]?.mayHaveMore = true }
      if let date = batch.nextAt { due(name, at: date) }
    }
  }

  /// The claim failed: the same is to be asked for again.
  package mutating func claimFailed(_ wanted: [String: Int]) {
    isClaiming = false
    queued(wanted.keys)
  }

  /// When something becomes due that is not announced.
  package func nextWake() -> Date? {
    isStopped ? nil : lanes.values.filter { $0.limit > 0 }.compactMap(\.nextAt).min()
  }

  /// Nothing is started any more. Returns what was claimed and is to be given back.
  package mutating func stop() -> [Int64] {
    isStopped = true
    var numbers: [Int64] = []
    for name in lanes.keys {
      numbers += lanes[name]?.ready.removeAll().map(\.number) ?? []
    }
    return numbers
  }
}
