import ConversionAPI
import Conversions
import Core
import EventBus
import FoundationEssentials
import ObjectStore
import Synchronization
import Testing

@Suite("Conversions that wait")
final class ConversionQueueTests: Sendable {
  private final class Bus: EventPublisher {
    private let count = Mutex(0)
    var published: Int { count.withLock { $0 } }

    func publish(_ entries: [PutEventsEntry], idempotencyKey: String?) async throws {
      count.withLock { $0 += entries.count }
    }
  }

  private let root = "\(FileManager.default.temporaryDirectory.path)/zoetrope-\(RequestID.make())"
  private let bus = Bus()
  private let begin = Date()
  private let seconds = Mutex(0.0)

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// - Parameter limit: conversions that may wait.
  private func queue(limit: Int = 1000) -> ConversionQueue {
    var environment = EnvironmentReader(["CONVERSION_QUEUE_LIMIT": "\(limit)"])
    return ConversionQueue(
      store: FolderStore(root: root), publisher: bus, settings: ConversionSettings(environment: &environment),
      clock: WallClock { [self] in begin.addingTimeInterval(seconds.withLock { $0 }) })
  }

  private func parameters(_ name: String) throws -> ConversionParameters {
    try ConversionParameters(
      query: ["url": "https://a.example/\(name).mp4", "ifm": "mp4", "ofm": "gif"], limits: .init())
  }

  @Test("what callers ask for again and again while it waits is announced again ever more seldom")
  func repeated() async throws {
    let queue = queue()
    var announced: [Int] = []
    for second in stride(from: 0, through: 3600, by: 10) {
      seconds.withLock { $0 = Double(second) }
      let before = bus.published
      #expect(try await queue.start(parameters("a")) == false)
      if bus.published > before { announced.append(second) }
    }
    #expect(announced == [0, 40, 110, 240, 490, 980, 1470, 1960, 2450, 2940, 3430])
  }

  @Test("what has begun may be announced again at once, if its claim is gone")
  func begun() async throws {
    let queue = queue()
    let parameters = try parameters("a")
    _ = try await queue.start(parameters)
    try await queue.unmark(parameters.key)
    _ = try await queue.start(parameters)
    #expect(bus.published == 2)
  }

  @Test("what is under way is neither announced nor marked")
  func underWay() async throws {
    let queue = queue()
    let parameters = try parameters("a")
    let renewed = begin.millisecondsSince1970
    let claim = Array(#"{"owner":"x","state":"making","renewed":\#(renewed)}"#.utf8)
    let store = FolderStore(root: root)
    _ = try await store.put(claim, as: "conversion/making/\(parameters.key)/claim", in: "zoetrope-cache")
    #expect(try await queue.start(parameters) == false)
    #expect(bus.published == 0)
    #expect(try await store.listAll(bucket: "zoetrope-cache", prefix: "conversion/queue/").isEmpty)
    // It is not renewed any more.
    seconds.withLock { $0 = 20 }
    #expect(try await queue.start(parameters) == false)
    #expect(bus.published == 1)
  }

  @Test("more than the limit are refused, and what waits already is not")
  func full() async throws {
    let queue = queue(limit: 2)
    for name in ["a", "b", "a"] { _ = try await queue.start(parameters(name)) }
    let error = await #expect(throws: ConversionError.self) { _ = try await queue.start(self.parameters("c")) }
    #expect(error?.kind == .queueFull && bus.published == 2)
    try await queue.unmark(parameters("a").key)
    _ = try await queue.start(parameters("c"))
    #expect(bus.published == 3)
  }

  @Test("what a lost queue has left hinders others for a while only, and is removed")
  func left() async throws {
    let queue = queue(limit: 2)
    for name in ["a", "b"] { _ = try await queue.start(parameters(name)) }
    await #expect(throws: ConversionError.self) { _ = try await queue.start(self.parameters("c")) }
    #expect(try await queue.sweep() == 0)
    seconds.withLock { $0 = 1000 }
    _ = try await queue.start(parameters("c"))
    #expect(bus.published == 3)
    #expect(try await queue.sweep() == 3)
  }
}
