import Checksums
import Glibc
import Core

/// The one owner of a file's descriptor.
struct OpenFile: ~Copyable {
  /// Tells one state of a file from another without reading it.
  struct Stamp: Hashable {
    let inode: UInt64
    let size: Int64
    let seconds: Int
    let nanoseconds: Int
  }

  private let descriptor: Int32
  private let subject: String

  /// Opens a regular file to be read.
  ///
  /// - Returns: `nil` if the file is absent.
  static func read(_ path: String, subject: String) throws(ObjectStoreError) -> OpenFile? {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP: return nil
      default: throw .system(errno, "opening", subject: subject)
      }
    }
    let file = OpenFile(descriptor: descriptor, subject: subject)
    guard try file.status().st_mode & S_IFMT == S_IFREG else { return nil }
    return file
  }

  /// Makes a new file to be written.
  static func create(_ path: String, subject: String) throws(ObjectStoreError) -> OpenFile {
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system(errno, "making '\(path)'", subject: subject) }
    return OpenFile(descriptor: descriptor, subject: subject)
  }

  private init(descriptor: Int32, subject: String) {
    self.descriptor = descriptor
    self.subject = subject
  }

  deinit {
    Glibc.close(descriptor)
  }

  func status() throws(ObjectStoreError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(errno, "asking for the status", subject: subject) }
    return status
  }

  func stamp() throws(ObjectStoreError) -> Stamp {
    let status = try status()
    return Stamp(
      inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
      nanoseconds: status.st_mtim.tv_nsec)
  }

  /// - Returns: how many bytes were read, 0 at the end.
  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(ObjectStoreError) -> Int {
    while true {
      let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
      if count >= 0 { return count }
      if errno != EINTR { throw .system(errno, "reading", subject: subject) }
    }
  }

  /// All bytes of a range, fewer where the file ends before.
  func read(_ range: Range<Int64>) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      while count < range.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count..<range.count])
        let read = try read(at: range.lowerBound + Int64(count), into: rest)
        if read == 0 { return }
        count += read
      }
    }
  }

  func write(_ bytes: [UInt8]) throws(ObjectStoreError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .system(errno, "writing", subject: subject) }
      written += count
    }
  }

  /// Of all bytes.
  func md5() throws(ObjectStoreError) -> [UInt8] {
    let digest = MD5Stream()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { buffer.deallocate() }
    var offset: Int64 = 0
    while true {
      let count = try read(at: offset, into: buffer)
      guard count > 0 else { return digest.finalize() }
      digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      offset += Int64(count)
    }
  }
}
