import Core
import FoundationEssentials
import Glibc

/// A file without a name that holds what has come of a source, with holes where nothing has come yet.
final class SpoolFile {
  struct Failure: ClassifiedError {
    let message: String
    var code: String { "SpoolFailed" }
    var isRetryable: Bool { true }
  }

  private let descriptor: Int32
  /// What is there, in order and never touching.
  private(set) var parts: [Range<Int64>] = []

  /// - Throws: `Failure` if the folder takes no file.
  init(folder: String) throws(Failure) {
    var template = Array("\(folder)/zoetrope-source-XXXXXX".utf8CString)
    descriptor = template.withUnsafeMutableBufferPointer { mkstemp($0.baseAddress!) }
    guard descriptor >= 0 else {
      throw Failure(message: "no file can be made in '\(folder)': \(String(cString: strerror(errno)))")
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = template.withUnsafeBufferPointer { unlink($0.baseAddress!) }
  }

  deinit { close(descriptor) }

  /// The end of what is there from `offset` on; `nil` where that byte is not.
  func end(from offset: Int64) -> Int64? { parts.first { $0.contains(offset) }?.upperBound }

  /// Where the next part begins at or after `offset`.
  func nextPart(after offset: Int64) -> Int64? { parts.first { $0.lowerBound >= offset }?.lowerBound }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    while true {
      let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
      if count >= 0 { return count }
      if errno != EINTR { throw Failure(message: "reading scratch storage: \(String(cString: strerror(errno)))") }
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(Failure) {
    var written = 0
    while written < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(offset) + written)
      if count > 0 {
        written += count
      } else if errno != EINTR {
        throw Failure(message: "writing to scratch storage: \(String(cString: strerror(errno)))")
      }
    }
    add(offset..<offset + Int64(bytes.count))
  }

  private func add(_ range: Range<Int64>) {
    if range.isEmpty { return }
    // Nearly always the part that the flow is in.
    if let index = parts.firstIndex(where: { $0.upperBound == range.lowerBound }),
      index == parts.count - 1 || parts[index + 1].lowerBound > range.upperBound
    {
      parts[index] = parts[index].lowerBound..<range.upperBound
      return
    }
    var merged = range
    parts.removeAll { part in
      guard part.lowerBound <= merged.upperBound, merged.lowerBound <= part.upperBound else { return false }
      merged = min(part.lowerBound, merged.lowerBound)..<max(part.upperBound, merged.upperBound)
      return true
    }
    parts.insert(merged, at: parts.firstIndex { $0.lowerBound > merged.lowerBound } ?? parts.count)
  }
}
