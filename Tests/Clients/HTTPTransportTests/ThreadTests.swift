import Core
import Synchronization
import Testing

@Suite("Threads of one's own")
struct ThreadTests {
  @Test("joining waits for the end, from however many sides")
  func join() throws {
    let sum = Monitor(0)
    let threads = try (1...20).map { number in
      try DedicatedThread(name: "a name longer than fifteen bytes", stackSize: 1) { sum.update { $0 += number } }
    }
    for thread in threads {
      thread.join()
      thread.join()
    }
    #expect(sum.update { $0 } == 210)
  }

  @Test("what a thread holds is released when it has ended")
  func release() throws {
    final class Held: Sendable {}
    var held: Held? = Held()
    weak let reference = held
    let thread = try DedicatedThread(name: "holder") { [held] in withExtendedLifetime(held) {} }
    thread.join()
    held = nil
    #expect(reference == nil)
  }

  @Test("a thread that was released runs to its end")
  func detached() throws {
    let monitor = Monitor(false)
    _ = try DedicatedThread(name: "detached") { monitor.update { $0 = true } }
    #expect(monitor.wait { $0 ? true : nil })
  }

  @Test("waiting ends with the change, or with the time")
  func waiting() throws {
    let monitor = Monitor(0)
    #expect(monitor.wait(atMost: .milliseconds(5)) { $0 > 0 ? $0 : nil } == nil)
    #expect(monitor.wait(atMost: .seconds(-5)) { $0 > 0 ? $0 : nil } == nil)
    let thread = try DedicatedThread(name: "changer") {
      for _ in 0..<1000 { monitor.update { $0 += 1 } }
    }
    #expect(monitor.wait(atMost: .seconds(Int64.max)) { $0 == 1000 ? $0 : nil } == 1000)
    thread.join()
  }

  @Test("work done aside returns its value or its error")
  func run() async throws {
    let value = try await DedicatedThread.run(name: "work") { 6 * 7 }
    #expect(value == 42)
    struct Failure: Error {}
    await #expect(throws: Failure.self) { try await DedicatedThread.run(name: "work") { throw Failure() } }
  }
}
