import Core
package import S3Protocol
import Synchronization

/// What has just happened in the runtime, for its watchers: a bounded ring in memory that listeners read at their own
/// pace. One that is too slow for it loses items and is told so.
package final class LiveFeed: Sendable {
  /// One thing that happened; what a browser gets is its JSON.
  package enum Item: Sendable {
    case object(ObjectChange)
    case invocation(InvocationRecord)
    case event(BusEventRecord)
    /// Dead letters came or went.
    case letters
  }

  package struct Batch: Sendable {
    package var items: [Item]
    /// Pass as `after` to get what comes next.
    package var next: Int
    /// Items between `after` and these are gone.
    package var hasGap: Bool
  }

  private struct State {
    var items: RingBuffer<Item>
    var listeners = 0
  }

  /// Differs from run to run, as numbers begin at 1 with each.
  package let epoch: String
  private let maximumListeners: Int
  private let state: Mutex<State>
  private let watermark: AwaitableCounter

  /// - Parameters:
  ///   - capacity: items that are kept.
  ///   - maximumListeners: at the same time.
  package init(capacity: Int = 8192, maximumListeners: Int = 64, epoch: String = String(RequestID.make().prefix(8))) {
    self.maximumListeners = maximumListeners
    self.epoch = epoch
    state = Mutex(State(items: RingBuffer(capacity: capacity)))
    watermark = AwaitableCounter(maximumWaiters: maximumListeners)
  }

  /// Returns at once, whatever the listeners do.
  package func publish(_ item: Item) {
    let number = state.withLock { state in
      state.items.append(item)
      return state.items.lastNumber
    }
    watermark.rise(to: number)
  }

  /// Ends all streams.
  package func close() { watermark.close() }

  package var isClosed: Bool { watermark.isClosed }

  /// The number after which nothing has happened yet.
  package var position: Int { state.withLock { $0.items.lastNumber } }

  /// The same as the stream writes it.
  package var eventID: String { "\(epoch)-\(position)" }

  /// - Returns: false if there are as many listeners as there may be; `leave` is to follow only after true.
  package func enter() -> Bool {
    state.withLock { state in
      guard state.listeners < maximumListeners else { return false }
      state.listeners += 1
      return true
    }
  }

  package func leave() { state.withLock { $0.listeners -= 1 } }

  /// Items after number `after`, oldest first, at most `limit`.
  package func items(after: Int, limit: Int) -> Batch {
    state.withLock { state in
      let all = state.items.after(after)
      let items = Array(all.prefix(limit))
      return Batch(
        items: items, next: state.items.lastNumber - (all.count - items.count), hasGap: after < state.items.gone)
    }
  }

  /// Waits for an item after number `after`, at most `timeout`, or until the task is cancelled.
  package func wait(after: Int, timeout: Duration) async { await watermark.wait(above: after, timeout: timeout) }
}

extension LiveFeed.Item: Encodable {
  private enum CodingKeys: String, CodingKey { case type }

  /// Which of the stream's topics it belongs to.
  package var topic: String {
    switch self {
    case .object: "objects"
    case .invocation: "invocations"
    case .event: "events"
    case .letters: "letters"
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(topic, forKey: .type)
    switch self {
    case .object(let change): try Self.encode(change, to: encoder)
    case .invocation(let record): try record.encode(to: encoder)
    case .event(let record): try record.encode(to: encoder)
    case .letters: break
    }
  }

  private enum ObjectKeys: String, CodingKey { case change, bucket, key, size, etag, time }

  private static func encode(_ change: ObjectChange, to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: ObjectKeys.self)
    try members.encode(change.event.rawValue, forKey: .change)
    try members.encode(change.bucket, forKey: .bucket)
    try members.encode(change.key, forKey: .key)
    try members.encodeIfPresent(change.size, forKey: .size)
    try members.encodeIfPresent(change.etag, forKey: .etag)
    try members.encode(change.time.millisecondsSince1970, forKey: .time)
  }
}
