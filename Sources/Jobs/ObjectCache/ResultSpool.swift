import Core
import Glibc
import ObjectStore
import S3Protocol

/// A result until it is published: in memory as long as it is small, then in a file that goes with the process.
actor ResultSpool {
  /// Bytes; more goes to the file.
  private static let memoryLimit = 1 << 20

  private let folder: String
  private var bytes: [UInt8] = []
  private var file: SpoolFile?

  init(folder: String) {
    self.folder = folder
  }

  func append(_ added: [UInt8]) async throws {
    bytes += added
    guard bytes.count > Self.memoryLimit else { return }
    let file = try self.file ?? SpoolFile(folder: folder)
    self.file = file
    let block = bytes
    bytes = []
    try await DedicatedThread.run(name: "spool") { try file.append(block) }
  }

  func publish(as entry: CacheEntry, to store: any ObjectStore, _ options: PutOptions) async throws -> ETag {
    guard let file else { return try await store.put(bytes, as: entry.key, in: entry.bucket, options: options) }
    let block = bytes
    bytes = []
    try await DedicatedThread.run(name: "spool") { try file.append(block) }
    return try await store.put(source: file, as: entry.key, in: entry.bucket, options: options)
  }
}

/// A file without a name. One thread at a time appends, then one reads; that is what `@unchecked` stands for.
final class SpoolFile: ByteSource, @unchecked Sendable {
  struct Failure: ClassifiedError {
    let message: String
    var code: String { "CannotSpool" }
    var isRetryable: Bool { true }
  }

  private let descriptor: Int32
  private(set) var size: Int64 = 0

  init(folder: String) throws {
    let path = "\(folder)/zoetrope-result-\(RequestID.make())"
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Failure(message: "cannot create '\(path)': \(String(cString: strerror(errno)))")
    }
    unlink(path)
  }

  deinit {
    _ = Glibc.close(descriptor)
  }

  func append(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(size)) }
      if count >= 0 {
        rest = rest.dropFirst(count)
        size += Int64(count)
      } else if errno != EINTR {
        throw Failure(message: "writing a result to scratch storage failed: \(String(cString: strerror(errno)))")
      }
    }
  }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
      if count >= 0 { return count }
      if errno != EINTR {
        throw Failure(message: "reading a result from scratch storage failed: \(String(cString: strerror(errno)))")
      }
    }
  }

  func close() {}
}
