import Core
import Testing

@Suite struct WatermarkTests {
  private static let long = Duration.seconds(600)

  @Test("no task waits for a level that is passed already")
  func passed() async {
    let watermark = AwaitableCounter()
    watermark.rise(to: 5)
    watermark.rise(to: 3)
    await watermark.wait(above: 4, timeout: Self.long)
  }

  @Test("a waiting task goes on when the level rises", arguments: 1...20)
  func rises(_ round: Int) async {
    let watermark = AwaitableCounter()
    await withTaskGroup { group in
      for level in 0..<10 { group.addTask { await watermark.wait(above: level, timeout: Self.long) } }
      for level in 1...10 { group.addTask { watermark.rise(to: level) } }
    }
  }

  @Test("no task waits for what was closed")
  func closed() async {
    let watermark = AwaitableCounter()
    await withTaskGroup { group in
      group.addTask { await watermark.wait(above: 0, timeout: Self.long) }
      group.addTask { watermark.close() }
    }
    await watermark.wait(above: 0, timeout: Self.long)
    #expect(watermark.isClosed)
  }

  @Test("waiting ends with its task and after its time")
  func ends() async {
    let watermark = AwaitableCounter()
    let task = Task { await watermark.wait(above: 0, timeout: Self.long) }
    task.cancel()
    await task.value
    await watermark.wait(above: 0, timeout: .zero)
    #expect(!watermark.isClosed)
  }

  @Test("more than may wait do not")
  func limited() async {
    await AwaitableCounter(maximumWaiters: 0).wait(above: 0, timeout: Self.long)
  }
}
