/// Which synchronous invocations run, wait or are refused: pure.
///
/// They have slots of their own, so that queued work does not hold them up. A function's reserved concurrency counts both
/// kinds. Free slots go to waiting invocations in proportion to their functions' weights.
package struct AdmissionState {
  package typealias CallID = UInt64

  package enum Verdict: Equatable, Sendable {
    case admitted
    case waits
    /// The function's reserved concurrency is used up.
    case throttled
    /// Too many invocations wait already.
    case overloaded
    case stopped
  }

  private struct Lane {
    var weight: Int
    var reserved: Int?
    /// Admitted or waiting.
    var accepted = 0
    var queuedRunning = 0
    var waiting: [CallID] = []

    var isFull: Bool { reserved.map { accepted + queuedRunning >= $0 } ?? false }
  }

  package let slots: Int
  package let maximumWaiting: Int
  private var lanes: [String: Lane] = [:]
  private var pick = WeightedPick<String>()
  package private(set) var running = 0
  package private(set) var waiting = 0
  private var isStopped = false

  /// - Parameters:
  ///   - slots: synchronous invocations at the same time, at least 1.
  ///   - maximumWaiting: invocations that may wait for a slot, all functions together.
  package init(policies: [FunctionPolicy], slots: Int, maximumWaiting: Int) {
    self.slots = max(1, slots)
    self.maximumWaiting = maximumWaiting
    for policy in policies { lanes[policy.name] = Lane(weight: policy.weight, reserved: policy.concurrency) }
  }

  /// A new invocation. A function that has no policy shares the slots with weight 1.
  package mutating func submit(_ callID: CallID, _ function: String) -> Verdict {
    if isStopped { return .stopped }
    var lane = lanes[function] ?? Lane(weight: 1)
    defer { lanes[function] = lane }
    if lane.isFull { return .throttled }
    if running < slots {
      running += 1
      lane.accepted += 1
      return .admitted
    }
    guard waiting < maximumWaiting else { return .overloaded }
    waiting += 1
    lane.accepted += 1
    lane.waiting.append(callID)
    return .waits
  }

  /// An admitted invocation is over. Returns the one whose turn it is.
  package mutating func ended(_ function: String) -> CallID? {
    running -= 1
    lanes[function]?.accepted -= 1
    guard waiting > 0, running < slots else { return nil }
    let able = lanes.filter { !$0.value.waiting.isEmpty }
    guard let name = pick.next(among: able.map { ($0.key, $0.value.weight) }) else { return nil }
    running += 1
    waiting -= 1
    return lanes[name]?.waiting.removeFirst()
  }

  /// A waiting invocation is given up. Returns whether it waited.
  package mutating func cancel(_ callID: CallID, _ function: String) -> Bool {
    guard let index = lanes[function]?.waiting.firstIndex(of: callID) else { return false }
    lanes[function]?.waiting.remove(at: index)
    lanes[function]?.accepted -= 1
    waiting -= 1
    return true
  }

  /// Nothing new is admitted. Returns what waited.
  package mutating func stop() -> [CallID] {
    isStopped = true
    var callIDs: [CallID] = []
    for name in lanes.keys {
      let waited = lanes[name]?.waiting ?? []
      callIDs += waited
      lanes[name]?.accepted -= waited.count
      lanes[name]?.waiting = []
    }
    waiting = 0
    return callIDs
  }

  // MARK: Queued work

  package mutating func queuedBegan(_ function: String) { lanes[function]?.queuedRunning += 1 }
  package mutating func queuedEnded(_ function: String) { lanes[function]?.queuedRunning -= 1 }

  /// Functions whose reserved concurrency leaves no room for queued work.
  package var full: Set<String> { Set(lanes.filter { $0.value.isFull }.keys) }

  package func hasReserve(_ function: String) -> Bool { lanes[function]?.reserved != nil }
}
