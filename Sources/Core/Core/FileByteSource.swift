import FoundationEssentials
import Glibc

/// A local file as a `ByteSource`.
package final class FileByteSource: ByteSource {
  package struct OpenError: ClassifiedError {
    package let code: String
    package let message: String
    package var isRetryable: Bool { false }
  }

  package let size: Int64
  private let descriptor: Int32

  /// - Throws: `OpenError` where `path` cannot be opened or is not a regular file.
  package convenience init(path: String) throws(OpenError) {
    try self.init(path: Array(path.utf8))
  }

  /// - Parameter path: bytes, as the file system has them; they need not be UTF-8.
  /// - Throws: as above.
  package init(path bytes: [UInt8]) throws(OpenError) {
    let path = String(decoding: bytes, as: UTF8.self)
    descriptor = (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer {
      open($0.baseAddress!, O_RDONLY | O_CLOEXEC)
    }
    guard descriptor >= 0 else {
      throw OpenError(code: "CannotOpen", message: "cannot open '\(path)': \(String(cString: strerror(errno)))")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      _ = Glibc.close(descriptor)
      throw OpenError(code: "NotAFile", message: "'\(path)' must be a regular file")
    }
    size = Int64(status.st_size)
  }

  deinit {
    _ = Glibc.close(descriptor)
  }

  package func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
      if count >= 0 { return count }
      if errno != EINTR {
        throw OpenError(code: "ReadFailed", message: "reading failed: \(String(cString: strerror(errno)))")
      }
    }
  }

  package func close() {}
}
