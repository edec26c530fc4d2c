import Core
import FoundationEssentials
import FunctionRuntime
import Glibc
import MediaTypes
import VideoEncoding
import VideoProxy

/// Makes parts of local files, for `zoetrope proxy`.
struct LocalPartHandler: FunctionHandler {
  func handle(_ event: [UInt8], _ context: InvocationContext) async throws -> [UInt8] {
    let order = try JSON.decode(PartOrder.self, from: event)
    let outcome = try await DedicatedThread.run(name: "part", stackSize: 8 << 20) { try Self.make(order) }
    return try JSON.encode(outcome)
  }

  private static func make(_ order: PartOrder) throws -> PartOutcome {
    let source = try FileByteSource(path: order.source)
    let unfinished = order.output + ".unfinished"
    let clock = ContinuousClock()
    var told: ContinuousClock.Instant?
    let outcome = try PartMaker.make(order.part, of: source, to: unfinished) { seconds in
      if let told, clock.now - told < .milliseconds(500) { return }
      told = clock.now
      try? Data("\(seconds)".utf8).write(to: URL(filePath: order.progress))
    }
    guard rename(unfinished, order.output) == 0 else {
      throw MediaError(.encodeFailed, "cannot write '\(order.output)': \(String(cString: strerror(errno)))")
    }
    return outcome
  }
}
