import NIOCore
import NIOPosix
import S3Protocol
import S3Storage
import Synchronization

/// An object that is being read. Holds a lease on its files: they stay until it goes, whatever happens to the key.
final class FileObject: OpenObject {
  let record: ObjectRecord
  private let parts: [StoredFile]
  private let files: ObjectFiles
  private let threadPool: NIOThreadPool
  private let readers: NIOThreadPool
  /// The file read last, as most reads go on where the last one ended.
  private let current = Mutex<(index: Int, file: OpenFile)?>(nil)
  private let prefetched = Mutex<(offset: Int64, block: ByteBuffer)?>(nil)

  /// Longest run of bytes that is read before it is asked for.
  private static let prefetchLimit: Int64 = 2 << 20

  /// Blocks.
  ///
  /// - Returns: nil where the files went away since `object` was read from the database: look again.
  init?(
    _ object: ObjectTables.Object, at address: ObjectAddress, files: ObjectFiles, threadPool: NIOThreadPool,
    readers: NIOThreadPool
  ) throws {
    record = object.record(address)
    parts = object.detail.files
    self.files = files
    self.threadPool = threadPool
    self.readers = readers
    guard files.acquire(parts.map(\.name)) else {
      leased = false
      return nil
    }
    leased = true
    if let first = parts.first {
      do {
        let file = try files.open(first.name)
        current.withLock { $0 = (0, file) }
      } catch {
        if error.code == "FileMissing" { return nil }
        throw error
      }
    }
  }

  private let leased: Bool

  /// The one file that has all of the object's bytes; nil if there are several or none.
  var onlyFile: StoredFile? { parts.count == 1 ? parts[0] : nil }

  deinit {
    if leased, let removal = files.release(parts.map(\.name)) { threadPool.submit { _ in removal() } }
  }

  /// Reads the beginning of `range` for the next `read`. Blocks.
  func prefetch(_ range: Range<Int64>) throws {
    let count = Int(min(Self.prefetchLimit, range.upperBound - range.lowerBound))
    let block = try readBlocking(at: range.lowerBound, count: count)
    if block.readableBytes > 0 { prefetched.withLock { $0 = (range.lowerBound, block) } }
  }

  func read(at offset: Int64, count: Int) async throws -> ByteBuffer {
    let known: ByteBuffer? = prefetched.withLock { prefetched in
      guard let (start, block) = prefetched, start == offset, block.readableBytes <= count else { return nil }
      prefetched = nil
      return block
    }
    if let known { return known }
    return try await readers.runIfActive { [self] in try readBlocking(at: offset, count: count) }
  }

  private func readBlocking(at offset: Int64, count: Int) throws -> ByteBuffer {
    guard let (index, start) = part(at: offset), count > 0 else { return ByteBuffer() }
    let length = Int(min(Int64(count), parts[index].size - start))
    let file = try file(index)
    var buffer = ByteBufferAllocator().buffer(capacity: length)
    try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { bytes in
      try file.read(at: start, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<length]))
    }
    return buffer
  }

  private func part(at offset: Int64) -> (index: Int, start: Int64)? {
    var start = offset
    for (index, part) in parts.enumerated() {
      if start < part.size { return (index, start) }
      start -= part.size
    }
    return nil
  }

  private func file(_ index: Int) throws -> OpenFile {
    if let (open, file) = current.withLock({ $0 }), open == index { return file }
    let file = try files.open(parts[index].name)
    current.withLock { $0 = (index, file) }
    return file
  }
}
