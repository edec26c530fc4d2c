import Checksums
import NIOCore
import NIOPosix
import S3Storage
import Testing

@Suite(.timeLimit(.minutes(1))) struct BodyWorkersTests {
  /// A body of one block; used by the workers until its end, then by the test.
  private final class Body: @unchecked Sendable {
    struct Full: Error {}

    let content: [UInt8]
    private let fails: Bool
    private let md5 = MD5Stream()
    private(set) var stored: [UInt8] = []

    init(_ content: [UInt8], failing: Bool = false) {
      self.content = content
      fails = failing
    }

    var digest: [UInt8] { md5.finalize() }

    /// In two buffers, as it comes over the wire.
    func block(_ end: @escaping (Result<Void, any Error>) -> Void) -> BodyWorkers.Block {
      let half = content.count / 2
      return .init(
        [ByteBuffer(bytes: content[..<half]), ByteBuffer(bytes: content[half...])], md5: md5,
        take: { [self] bytes, digest in
          if fails { throw Full() }
          stored += bytes
          digest(bytes)
        }, end: end)
    }
  }

  /// Of one thread, so that what was given to it earlier is done when something given later is.
  private static func withPool(_ body: (NIOThreadPool) async throws -> Void) async throws {
    let pool = NIOThreadPool(numberOfThreads: 1)
    pool.start()
    try await body(pool)
    try await pool.shutdownGracefully()
  }

  private static func end(of body: Body, in workers: BodyWorkers, isUrgent: Bool) async throws {
    try await withCheckedThrowingContinuation { continuation in
      workers.submit(body.block { continuation.resume(with: $0) }, isUrgent: isUrgent)
    }
  }

  @Test("the end that is waited for comes at once")
  func theEndThatIsWaitedForComesAtOnce() async throws {
    try await Self.withPool { pool in
      let body = Body([UInt8]("abc".utf8))
      try await Self.end(of: body, in: BodyWorkers(pool), isUrgent: true)
      #expect(body.stored == body.content)
      #expect(body.digest == Digest.md5(body.content))
    }
  }

  @Test("one that is not waited for is left until another one is")
  func oneThatIsNotWaitedForIsLeftUntilSomebodyIsInAHurry() async throws {
    try await Self.withPool { pool in
      let workers = BodyWorkers(pool)
      let body = Body([1, 2, 3])
      let (ends, continuation) = AsyncStream.makeStream(of: Bool.self)
      workers.submit(body.block { _ in continuation.yield(true) }, isUrgent: false)
      try await pool.runIfActive {}
      #expect(body.stored.isEmpty)
      workers.hurry()
      for await _ in ends { break }
      #expect(body.stored == body.content)
    }
  }

  @Test("enough of them are done together")
  func enoughOfThemAreDoneTogether() async throws {
    try await Self.withPool { pool in
      let workers = BodyWorkers(pool)
      let bodies = (0..<MD5Stream.sideBySide).map { Body([UInt8](repeating: 7, count: 100 + 1000 * $0)) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for body in bodies { group.addTask { try await Self.end(of: body, in: workers, isUrgent: false) } }
        try await group.waitForAll()
      }
      for body in bodies {
        #expect(body.stored == body.content)
        #expect(body.digest == Digest.md5(body.content))
      }
    }
  }

  @Test("one that fails leaves the others alone")
  func oneThatFailsLeavesTheOthersAlone() async throws {
    try await Self.withPool { pool in
      let workers = BodyWorkers(pool)
      let bodies = [Body([1], failing: true), Body([2, 3]), Body([4, 5, 6])]
      let results = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
        for (index, body) in bodies.enumerated() {
          group.addTask {
            do {
              // Together, as they are enough.
              try await Self.end(of: body, in: workers, isUrgent: false)
              return (index, true)
            } catch is Body.Full {
              return (index, false)
            }
          }
        }
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      #expect(results == [0: false, 1: true, 2: true])
      for body in bodies[1...] { #expect(body.digest == Digest.md5(body.content)) }
    }
  }

  @Test("after the threads are gone everything ends with an error")
  func afterTheThreadsAreGoneEverythingEndsWithAnError() async throws {
    let pool = NIOThreadPool(numberOfThreads: 1)
    pool.start()
    try await pool.shutdownGracefully()
    let body = Body([1])
    await #expect(throws: ChannelError.self) { try await Self.end(of: body, in: BodyWorkers(pool), isUrgent: true) }
  }
}
