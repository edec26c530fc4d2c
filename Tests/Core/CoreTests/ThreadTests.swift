import Core
import Synchronization
import Testing

@Suite struct ThreadTests {
  private struct Failure: Error, Equatable {}

  @Test("join waits for the end of the thread")
  func joinWaitsForTheEnd() throws {
    let done = Mutex(0)
    let threads = try (0..<8).map { number in
      try DedicatedThread(name: "test \(number)") { done.withLock { $0 += 1 } }
    }
    for thread in threads { thread.join() }
    #expect(done.withLock { $0 } == 8)
    threads[0].join()
  }

  @Test("blocking work is an async call")
  func blockingWorkAsACall() async throws {
    #expect(try await DedicatedThread.run(name: "test") { 42 } == 42)
    await #expect(throws: Failure()) { try await DedicatedThread.run(name: "test") { throw Failure() } }
  }

  @Test("what a thread holds on to is let go when it ends")
  func releases() throws {
    final class Held: Sendable {}
    var held: Held? = Held()
    weak let left = held
    let thread = try DedicatedThread(name: "test") { [held] in _ = held }
    held = nil
    thread.join()
    #expect(left == nil)
  }

  @Test("a monitor hands values from thread to thread")
  func monitor() throws {
    let queue = Monitor<[Int]>([])
    let sum = Mutex(0)
    let consumer = try DedicatedThread(name: "consumer") {
      for _ in 0..<1000 {
        let value = queue.wait { $0.isEmpty ? nil : $0.removeFirst() }
        sum.withLock { $0 += value }
      }
    }
    for value in 0..<1000 { queue.update { $0.append(value) } }
    consumer.join()
    #expect(sum.withLock { $0 } == 499_500)
    let isEmpty = queue.update { $0.isEmpty }
    #expect(isEmpty)
  }

  @Test("waiting ends with the time, or at once if there is nothing to wait for")
  func monitorTimeout() {
    let state = Monitor(1)
    #expect(state.wait(atMost: .zero) { $0 == 2 ? true : nil } == nil)
    #expect(state.wait(atMost: .seconds(-1)) { $0 == 2 ? true : nil } == nil)
    #expect(state.wait(atMost: .milliseconds(1)) { $0 == 2 ? true : nil } == nil)
    #expect(state.wait(atMost: .seconds(1_000_000_000)) { $0 == 1 ? true : nil } == true)
  }
}
