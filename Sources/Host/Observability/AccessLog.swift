import Invocations
package import Core
import Dispatch
import FoundationEssentials
package import HTTPGateway
import Synchronization

/// What was asked of the functions' port: a line of JSON for each answer, in files of bounded size.
package final class AccessLog: Sendable {
  /// What waits for a slow disk; beyond it lines are left out.
  private static let maximumPending = 1 << 20

  private let file: LogFile
  private let writer = DispatchQueue(label: "zoetrope.access-log")
  private let pending = Mutex<[UInt8]>([])
  private let clock: WallClock

  /// - Parameter folder: gets `access.log` and, once that is full, `access.log.1`.
  package init(folder: String, clock: WallClock) throws(RuntimeError) {
    file = try LogFile(path: "\(folder)/access.log", limit: LogStore.maximumFileBytes)
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
    let isFirst = pending.withLock { pending in
      guard pending.count + line.count <= Self.maximumPending else { return false }
      defer { pending += line }
      return pending.isEmpty
    }
    // Lines of a tenth of a second are written at once.
    if isFirst { writer.asyncAfter(deadline: .now() + .milliseconds(100)) { self.write() } }
  }

  /// Waits until everything is in the file.
  package func flush() async {
    await withCheckedContinuation { continuation in
      writer.async {
        self.write()
        continuation.resume()
      }
    }
  }

  private func write() {
    let bytes = pending.withLock { pending in
      defer { pending = [] }
      return pending
    }
    if !bytes.isEmpty { file.append(bytes) }
  }
}
