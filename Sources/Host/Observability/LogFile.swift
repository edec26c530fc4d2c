import Core
import Glibc

/// A file that begins again when it is full; the previous one is kept beside it. Used by one queue at a time.
final class LogFile: @unchecked Sendable {
  private let path: String
  private let limit: Int
  private var descriptor: Int32
  private var size: Int

  init(path: String, limit: Int) throws(RuntimeError) {
    self.path = path
    self.limit = limit
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw RuntimeError("CannotWriteLog", "cannot open '\(path)': \(String(cString: strerror(errno)))")
    }
    size = Int(lseek(descriptor, 0, SEEK_END))
  }

  deinit { close(descriptor) }

  /// A full disk costs log lines, never more.
  func append(_ bytes: [UInt8]) {
    if size + bytes.count > limit {
      rename(path, path + ".1")
      let next = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
      if next >= 0 {
        close(descriptor)
        descriptor = next
        size = 0
      }
    }
    let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    size += max(0, count)
  }
}
