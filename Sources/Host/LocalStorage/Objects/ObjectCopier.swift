import Checksums
import NIOCore
import NIOPosix
import S3Protocol
import S3Storage

/// Digests bytes on their way into a new file. Used by one thread at a time.
final class ObjectCopier: @unchecked Sendable {
  private let writer: ObjectFileWriter
  private let md5 = MD5Stream()
  private let checksum: ChecksumStream?
  private var size: Int64 = 0

  init(_ writer: ObjectFileWriter, checksum: ChecksumAlgorithm?) {
    self.writer = writer
    self.checksum = checksum.map(ChecksumStream.init)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    md5.update(bytes)
    checksum?.update(bytes)
    size += Int64(bytes.count)
    try writer.write(bytes)
  }

  func finish() throws -> (BodyDigests, [StoredFile]) {
    let stored = checksum.map { StoredChecksum(algorithm: $0.algorithm, value: $0.finalizeBase64()) }
    return (BodyDigests(size: size, md5: md5.finalize(), checksum: stored), try writer.publish())
  }
}

extension FileObjectBackend {
  /// Copies a range of an object to a new file, which is complete and on the disk when `finish` is called with it.
  func duplicate<Result: Sendable>(
    _ source: any OpenObject, range: Range<Int64>, checksum: ChecksumAlgorithm?,
    finish: @escaping @Sendable (_ digests: BodyDigests, _ fresh: [StoredFile]) throws -> Result
  ) async throws -> Result {
    let writer = ObjectFileWriter(files)
    let copier = ObjectCopier(writer, checksum: checksum)
    do {
      var offset = range.lowerBound
      while offset < range.upperBound {
        let block = try await source.read(at: offset, count: Int(min(1 << 20, range.upperBound - offset)))
        guard block.readableBytes > 0 else {
          throw S3Error(.internalError, message: "The source ended at byte \(offset).")
        }
        offset += Int64(block.readableBytes)
        try await threadPool.runIfActive { try block.withUnsafeReadableBytes { try copier.write($0) } }
      }
      return try await threadPool.runIfActive {
        let (digests, fresh) = try copier.finish()
        return try finish(digests, fresh)
      }
    } catch {
      try? await threadPool.runIfActive { writer.discard() }
      throw error
    }
  }
}
