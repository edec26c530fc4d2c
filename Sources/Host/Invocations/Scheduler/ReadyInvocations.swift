import Core

/// What is claimed of one function and waits for a slot: pure.
///
/// Where a function says that what was queued one after another is cheaper done so, slots are given runs of each group's
/// invocations; which group's turn it is does not change by that.
struct ReadyInvocations {
  private let isSequential: Bool
  private var waiting: [ClaimedInvocation] = []
  /// Numbers that run, by group.
  private var running: [String: Set<Int64>] = [:]
  /// What the slot that became free last has done.
  private var last: (group: String, number: Int64)?

  init(isSequential: Bool) {
    self.isSequential = isSequential
  }

  var count: Int { waiting.count }
  var isEmpty: Bool { waiting.isEmpty }

  mutating func append(_ claimed: [ClaimedInvocation]) {
    waiting += claimed
    // A group that has just come need not wait until all that were claimed before have run.
    if isSequential { waiting = Self.inTurn(waiting) }
  }

  mutating func next() -> ClaimedInvocation? {
    guard let first = waiting.first else { return nil }
    guard isSequential else { return waiting.removeFirst() }
    let chosen = take(choice(in: first.invocation.messageGroupID))
    running[chosen.invocation.messageGroupID, default: []].insert(chosen.number)
    return chosen
  }

  /// One that `next` gave ended.
  mutating func ended(_ claimed: ClaimedInvocation) {
    guard isSequential else { return }
    let group = claimed.invocation.messageGroupID
    running[group]?.remove(claimed.number)
    if running[group]?.isEmpty == true { running[group] = nil }
    last = (group, claimed.number)
  }

  mutating func removeAll() -> [ClaimedInvocation] {
    defer { waiting = [] }
    return waiting
  }

  /// The place of a retry, which is due already, or else of what suits the slot that is free.
  private mutating func choice(in group: String) -> Int {
    let places = waiting.indices.filter { waiting[$0].invocation.messageGroupID == group }
    if let retry = places.first(where: { waiting[$0].failedAttempts > 0 }) { return retry }
    let ascending = places.sorted { waiting[$0].number < waiting[$1].number }
    defer { last = nil }
    return ascending[
      RunAffinity.index(
        in: ascending.map { waiting[$0].number }, busy: running[group] ?? [],
        after: last?.group == group ? last?.number : nil)]
  }

  /// Takes it out; what stood before it in its group moves up one place each, so that the group's turns stay where they are.
  private mutating func take(_ place: Int) -> ClaimedInvocation {
    let chosen = waiting[place]
    var hole = place
    for index in (0..<place).reversed()
    where waiting[index].invocation.messageGroupID == chosen.invocation.messageGroupID {
      waiting[hole] = waiting[index]
      hole = index
    }
    waiting.remove(at: hole)
    return chosen
  }

  /// One of each group after the other, each group in the order in which it came.
  private static func inTurn(_ claimed: [ClaimedInvocation]) -> [ClaimedInvocation] {
    var rounds: [[ClaimedInvocation]] = []
    var seen: [String: Int] = [:]
    for one in claimed {
      let round = seen[one.invocation.messageGroupID, default: 0]
      seen[one.invocation.messageGroupID] = round + 1
      if round == rounds.count { rounds.append([]) }
      rounds[round].append(one)
    }
    return rounds.flatMap { $0 }
  }
}
