import Invocations
package import Core
import FoundationEssentials
package import HTTPGateway

/// What was asked of the functions' port: a line of JSON for each answer, in files of bounded size.
package final class AccessLog: Sendable {
  /// What waits for a slow disk; beyond it lines are left out.
  private static let maximumPending = 1 << 20

  private let lines: BatchedFile<[UInt8]>
  private let clock: WallClock

  /// - Parameter folder: gets `access.log` and, once that is full, `access.log.1`.
  package init(folder: String, clock: WallClock) throws(RuntimeError) {
    let file = try LogFile(path: "\(folder)/access.log", limit: LogStore.maximumFileBytes)
    lines = BatchedFile(file, label: "zoetrope.access-log") { Array($0.joined()) }
    self.clock = clock
  }

  package func add(_ exchange: GatewayExchange) {
    var json = JSONWriter()
    json.object { json in
      json.member("time", clock.now().iso8601(milliseconds: true))
      json.member("requestId", exchange.requestID)
      json.member("client", exchange.sourceAddress)
      json.member("method", exchange.method)
      // A query may hold secrets.
      let path = exchange.target.utf8.prefix { $0 != UInt8(ascii: "?") }
      json.member("path", String(decoding: path.prefix(1024), as: UTF8.self))
      json.member("route", exchange.route)
      json.member("function", exchange.function)
      json.name("status")
      json.value(exchange.status)
      json.name("bytes")
      json.value(exchange.sentBytes)
      json.name("firstByteMs")
      json.value(Int(exchange.firstByte.inSeconds * 1000))
      json.name("totalMs")
      json.value(Int(exchange.total.inSeconds * 1000))
      if exchange.isAborted {
        json.name("aborted")
        json.value(true)
      }
    }
    let line = json.bytes + [0x0A]
    lines.append(line, weight: line.count, limit: Self.maximumPending)
  }

  /// Waits until everything is in the file.
  package func flush() async { await lines.flush() }
}
