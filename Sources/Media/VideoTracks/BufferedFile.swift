import Glibc
package import MediaTypes

/// A file that is written from beginning to end in large pieces.
package final class BufferedFile {
  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  /// Written so far, including what is still in memory.
  private(set) package var bytes: Int64 = 0

  private static let bufferSize = 1 << 20

  /// - Parameter path: made or replaced.
  package init(path: String) throws(MediaError) {
    self.path = path
    descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw MediaError(.encodeFailed, "cannot write '\(path)': \(String(cString: strerror(errno)))")
    }
  }

  deinit { close(descriptor) }

  package func write(_ content: [UInt8]) throws(MediaError) {
    bytes += Int64(content.count)
    buffer += content
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// To be called at the end: what is still in memory is lost otherwise.
  package func flush() throws(MediaError) {
    var done = 0
    while done < buffer.count {
      let count = buffer.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done) }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw MediaError(.encodeFailed, "cannot write '\(path)': \(String(cString: strerror(errno)))")
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
