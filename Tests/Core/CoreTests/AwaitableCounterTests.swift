import Core
import Testing

@Suite struct AwaitableCounterTests {
  private static let long = Duration.seconds(600)

  @Test("no task waits for a level that is passed already")
  func passed() async {
    let counter = AwaitableCounter()
    counter.rise(to: 5)
    counter.rise(to: 3)
    await counter.wait(above: 4, timeout: Self.long)
  }

  @Test("a waiting task goes on when the level rises", arguments: 1...20)
  func rises(_ round: Int) async {
    let counter = AwaitableCounter()
    await withTaskGroup { group in
      for level in 0..<10 { group.addTask { await counter.wait(above: level, timeout: Self.long) } }
      for level in 1...10 { group.addTask { counter.rise(to: level) } }
    }
  }

  @Test("no task waits for what was closed")
  func closed() async {
    let counter = AwaitableCounter()
    await withTaskGroup { group in
      group.addTask { await counter.wait(above: 0, timeout: Self.long) }
      group.addTask { counter.close() }
    }
    await counter.wait(above: 0, timeout: Self.long)
    #expect(counter.isClosed)
  }

  @Test("waiting ends with its task and after its time")
  func ends() async {
    let counter = AwaitableCounter()
    let task = Task { await counter.wait(above: 0, timeout: Self.long) }
    task.cancel()
    await task.value
    await counter.wait(above: 0, timeout: .zero)
    #expect(!counter.isClosed)
  }

  @Test("more than may wait do not")
  func limited() async {
    await AwaitableCounter(maximumWaiters: 0).wait(above: 0, timeout: Self.long)
  }
}
