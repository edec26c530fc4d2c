import Glibc
package import MP4
package import MediaTypes

/// Writes a part's samples to a file as they come; the table follows when they are all there.
package final class PartWriter {
  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private(set) package var samples: [Sample] = []
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

  package func add(_ content: [UInt8], isSync: Bool, duration: Int64, time: Int64) throws(MediaError) {
    samples.append(
      Sample(size: UInt32(content.count), isSync: isSync, duration: UInt32(clamping: duration), time: time))
    try write(content)
  }

  /// - Parameters:
  ///   - priming: samples of sound before the first that counts.
  ///   - soundLength: samples of sound that count.
  package func finish(_ format: TrackFormat, priming: Int = 0, soundLength: Int64 = 0) throws {
    try write(TrackPart.ending(format, samples, priming: priming, soundLength: soundLength))
    try flush()
  }

  private func write(_ content: [UInt8]) throws(MediaError) {
    bytes += Int64(content.count)
    buffer += content
    if buffer.count >= Self.bufferSize { try flush() }
  }

  private func flush() throws(MediaError) {
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
