#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An open file. Closed when the last reference goes; all methods block.
final class OpenFile: Sendable {
  private let descriptor: Int32
  private let path: String

  init(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(StorageError) {
    self.path = path
    descriptor = open(path, flags | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw StorageError(errno, "open", path) }
  }

  deinit {
    close(descriptor)
  }

  /// Appends all of it.
  func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    var rest = bytes
    while let start = rest.baseAddress, !rest.isEmpty {
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, start, rest.count)
      #elseif canImport(Musl)
        let count = Musl.write(descriptor, start, rest.count)
      #else
        let count = Darwin.write(descriptor, start, rest.count)
      #endif
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      } else if errno != EINTR {
        throw StorageError(errno, "write", path)
      }
    }
  }

  /// Reads until `buffer` is full or the file ends; returns how much was read.
  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
      if count > 0 {
        done += count
      } else if count == 0 {
        break
      } else if errno != EINTR {
        throw StorageError(errno, "read", path)
      }
    }
    return done
  }

  /// Waits until everything written is on the disk.
  func synchronize() throws(StorageError) {
    while fsync(descriptor) != 0 {
      if errno != EINTR { throw StorageError(errno, "fsync", path) }
    }
  }
}
