import HTTPServer
import Logging
import Testing

@Suite("Wrong secrets")
struct GuessLimiterTests {
  @Test("only so many wait; the others are answered at once")
  func bounded() async {
    let limiter = GuessLimiter("secret", delay: .milliseconds(200), maximumWaiting: 3)
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let waited = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 { group.addTask { await limiter.failed(from: "192.0.2.1", logger: logger) } }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(waited == 3)
    #expect(await limiter.failed(from: "192.0.2.1", logger: logger))
  }
}
