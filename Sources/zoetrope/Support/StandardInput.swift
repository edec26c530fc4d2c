import FoundationEssentials
import Glibc

/// Standard input, read whole.
enum StandardInput {
  /// - Throws: `CommandError` where more than `limit` bytes come.
  static func read(limit: Int) throws -> Data {
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(0, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return data }
      data.append(contentsOf: buffer[..<count])
      guard data.count <= limit else { throw CommandError("the event must be at most \(limit) bytes") }
    }
  }
}
