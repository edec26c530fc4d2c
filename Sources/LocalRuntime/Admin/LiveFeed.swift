import RuntimeCore
import Synchronization

/// What has just happened in the runtime, for whoever watches: a bounded ring in memory that listeners read at their own
/// pace. One that is too slow for it loses items and is told so.
final class LiveFeed: Sendable {
  /// One thing that happened; what a browser gets is its JSON.
  enum Item: Sendable {
    case object(ObjectItem)
    case invocation(InvocationRecord)
    case event(BusEventRecord)
    /// Dead letters came or went.
    case letters
  }

  /// A committed change of an object.
  struct ObjectItem: Sendable, Encodable {
    /// `ObjectCreated:Put` and the like.
    var change: String
    var bucket: String
    var key: String
    /// Bytes; nil where it was removed.
    var size: Int64?
    var etag: String?
    /// Milliseconds since 1970.
    var time: Int64
  }

  struct Batch: Sendable {
    var items: [Item]
    /// Pass as `after` to get what comes next.
    var next: Int
    /// Items between `after` and these are gone.
    var hasGap: Bool
  }

  private struct State {
    var items: [Item] = []
    var head = 0
    /// Number of the item that comes next.
    var next = 1
    var listeners = 0
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter = 0
    var isClosed = false
  }

  /// Differs from run to run, as numbers begin anew with each.
  let epoch: String
  private let capacity: Int
  private let maximumListeners: Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - capacity: items that are kept.
  ///   - maximumListeners: at the same time.
  init(capacity: Int = 8192, maximumListeners: Int = 64, epoch: String = String(RequestID.make().prefix(8))) {
    self.capacity = capacity
    self.maximumListeners = maximumListeners
    self.epoch = epoch
  }

  /// Returns at once, whoever listens.
  func publish(_ item: Item) {
    let waiters = state.withLock { state in
      state.items.append(item)
      state.next += 1
      if state.items.count - state.head > capacity { state.head += 1 }
      if state.head > 1024, state.head * 2 > state.items.count {
        state.items.removeFirst(state.head)
        state.head = 0
      }
      defer { state.waiters = [:] }
      return state.waiters.values.map(\.self)
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Ends all streams.
  func close() {
    let waiters = state.withLock { state in
      state.isClosed = true
      defer { state.waiters = [:] }
      return state.waiters.values.map(\.self)
    }
    for waiter in waiters { waiter.resume() }
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// The number after which nothing has happened yet.
  var position: Int { state.withLock { $0.next - 1 } }

  /// The same as the stream writes it.
  var eventID: String { "\(epoch)-\(position)" }

  /// - Returns: false where there are as many listeners as there may be; `leave` is to follow only after true.
  func enter() -> Bool {
    state.withLock { state in
      guard state.listeners < maximumListeners else { return false }
      state.listeners += 1
      return true
    }
  }

  func leave() { state.withLock { $0.listeners -= 1 } }

  /// Items after number `after`, oldest first, at most `limit`.
  func items(after: Int, limit: Int) -> Batch {
    state.withLock { state in
      let kept = state.items.count - state.head
      let first = state.next - kept
      let start = max(first, min(after + 1, state.next))
      let end = min(start + limit, state.next)
      let offset = state.head - first
      return Batch(
        items: Array(state.items[(start + offset)..<(end + offset)]), next: end - 1, hasGap: after + 1 < first)
    }
  }

  /// Waits for an item after number `after`, at most `timeout`, or until the task is cancelled.
  func wait(after: Int, timeout: Duration) async {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    let timer = Task {
      try? await Task.sleep(for: timeout)
      self.release(id)
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          if Task.isCancelled || state.isClosed || state.next - 1 > after { return true }
          state.waiters[id] = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      release(id)
    }
    timer.cancel()
  }

  private func release(_ id: Int) {
    state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
  }
}

extension LiveFeed.Item: Encodable {
  private enum CodingKeys: String, CodingKey { case type }

  /// Which of the stream's topics it belongs to.
  var topic: String {
    switch self {
    case .object: "objects"
    case .invocation: "invocations"
    case .event: "events"
    case .letters: "letters"
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(topic, forKey: .type)
    switch self {
    case .object(let item): try item.encode(to: encoder)
    case .invocation(let record): try record.encode(to: encoder)
    case .event(let record): try record.encode(to: encoder)
    case .letters: break
    }
  }
}
