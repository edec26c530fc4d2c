import Core
import Glibc

/// A file that is written, patched and read again.
package final class FileSink: PatchableSink {
  package struct Failure: ClassifiedError {
    package let code: String
    package let message: String
    package let isRetryable: Bool
  }

  package let path: String
  /// Bytes so far.
  package private(set) var size: Int64 = 0
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var flushed: Int64 = 0

  /// Makes the file, or empties it.
  package init(path: String) throws {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw Self.failure("cannot write to '\(path)'") }
  }

  /// A file in `folder` without a name, which is gone when this is released unless `link` gives it one.
  package static func unnamed(in folder: String) throws -> FileSink {
    // O_TMPFILE, whose value differs between processors in the part that is O_DIRECTORY.
    let descriptor = open(folder, 0o20_000_000 | O_DIRECTORY | O_RDWR | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw failure("cannot write to the folder '\(folder)'") }
    return FileSink(path: "a file in \(folder)", descriptor: descriptor)
  }

  /// Gives an unnamed file its name; a file of that name is replaced.
  ///
  /// - Parameter spare: a name in the same folder that no other file has.
  package func link(to path: String, by spare: String) throws {
    try flush()
    guard linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, spare, AT_SYMLINK_FOLLOW) == 0 else {
      throw Self.failure("cannot write '\(path)'")
    }
    guard rename(spare, path) == 0 else {
      let error = Self.failure("cannot write '\(path)'")
      unlink(spare)
      throw error
    }
  }

  private init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  /// A file in `folder` that no other process sees and that is gone when this is released.
  package static func scratch(in folder: String) throws -> FileSink {
    var template = Array((folder + "/zoetrope-XXXXXX").utf8CString)
    let descriptor = template.withUnsafeMutableBufferPointer { mkstemp($0.baseAddress!) }
    if descriptor < 0 { throw failure("cannot make a temporary file in '\(folder)'") }
    _ = template.withUnsafeBufferPointer { unlink($0.baseAddress!) }
    return FileSink(path: "a temporary file in \(folder)", descriptor: descriptor)
  }

  deinit { close(descriptor) }

  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    size += Int64(bytes.count)
    buffer.append(contentsOf: bytes)
    if buffer.count >= 256 << 10 { try flush() }
  }

  package func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
    try flush()
    try put(bytes, at: offset)
    size = max(size, offset + Int64(bytes.count))
    flushed = size
  }

  package func flush() throws {
    try buffer.withUnsafeBytes { try put($0, at: flushed) }
    flushed += Int64(buffer.count)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Reads up to `count` bytes; fewer at the end.
  package func read(at offset: Int64, count: Int) throws -> [UInt8] {
    try flush()
    let wanted = Int(max(0, min(Int64(count), size - offset)))
    return try [UInt8](unsafeUninitializedCapacity: wanted) { target, filled in
      while filled < wanted {
        let got = pread(descriptor, target.baseAddress! + filled, wanted - filled, off_t(offset + Int64(filled)))
        if got < 0, errno == EINTR { continue }
        if got < 0 { throw Self.failure("cannot read '\(path)'") }
        if got == 0 { break }
        filled += got
      }
    }
  }

  /// Gives everything from `offset` on to another sink.
  package func copy(from offset: Int64 = 0, to sink: any AudioSink) throws {
    var position = offset
    while true {
      let block = try read(at: position, count: 256 << 10)
      if block.isEmpty { return }
      try sink.write(block)
      position += Int64(block.count)
    }
  }

  private func put(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
    var done = 0
    while done < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + Int64(done)))
      if count < 0, errno == EINTR { continue }
      if count <= 0 { throw Self.failure("cannot write to '\(path)'") }
      done += count
    }
  }

  private static func failure(_ what: String) -> Failure {
    let number = errno
    return Failure(
      code: number == ENOSPC ? "NoSpace" : "WriteFailed", message: "\(what): \(String(cString: strerror(number)))",
      isRetryable: number == ENOSPC)
  }
}
