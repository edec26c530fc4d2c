import Checksums
import Encodings
import Glibc
import HTTPServer
import HTTPTypes
package import HummingbirdCore
package import LambdaEvents
import NIOCore
import NIOPosix
import Synchronization

/// The body of one request, written to scratch files while it arrives.
package final class BodySpool: Sendable {
  /// Parts of one form.
  private static let maximumParts = 1000
  /// Bytes that are written at once.
  private static let block = 1 << 20

  private let space: ScratchSpace
  private let folder: String
  private let limit: Int64
  private let taken = Mutex<Int64>(0)
  /// Of the files that were begun.
  private let paths = Mutex<[String]>([])

  /// - Parameter limit: bytes of the whole body.
  package init(_ space: ScratchSpace, requestID: String, limit: Int64) {
    self.space = space
    self.limit = limit
    folder = space.folder(for: requestID)
  }

  /// Writes every part of a form, or the whole body if it is no form.
  ///
  /// - Throws: `Refusal`; what reading the body throws.
  package func store(_ body: RequestBody, contentType: String?) async throws -> [HTTPEvent.Part] {
    // If this fails, making the first file in it says why.
    _ = try await NIOThreadPool.singleton.runIfActive { [folder] in mkdir(folder, 0o700) }
    guard FormParser.isForm(contentType) else {
      var iterator = body.makeAsyncIterator()
      return [try await part(0, contentType: contentType) { try await iterator.next() }]
    }
    do {
      var reader = try FormReader(body, contentType: contentType)
      var parts: [HTTPEvent.Part] = []
      while let head = try await reader.nextPart() {
        guard parts.count < Self.maximumParts else { throw Refusal.tooLarge }
        var part = try await part(parts.count, contentType: head.contentType) { try await reader.nextBytes() }
        part.name = head.name
        part.fileName = head.fileName
        parts.append(part)
      }
      return parts
    } catch is FormReader.Problem {
      throw Refusal(status: .badRequest, message: "Bad Request", closes: true)
    }
  }

  /// Removes the files, but for those of which objects were made.
  package func remove() {
    let bytes = taken.withLock { taken in
      defer { taken = 0 }
      return taken
    }
    space.give(back: bytes)
    let (folder, space) = (folder, space)
    let paths = paths.withLock { paths in
      defer { paths = [] }
      return paths
    }
    NIOThreadPool.singleton.submit { _ in
      for path in paths { space.release(path) }
      rmdir(folder)
    }
  }

  private func part(
    _ number: Int, contentType: String?, _ next: () async throws -> ByteBuffer?
  ) async throws -> HTTPEvent.Part {
    let path = "\(folder)/part-\(number)"
    paths.withLock { $0.append(path) }
    let file = try await NIOThreadPool.singleton.runIfActive { try ScratchFile(path: path) }
    var pending = ByteBuffer()
    while let more = try await next() {
      let count = Int64(more.readableBytes)
      let total = taken.withLock { $0 + count }
      guard total <= limit else { throw Refusal.tooLarge }
      guard space.take(count) else { throw Refusal.scratchFull }
      taken.withLock { $0 = total }
      if pending.readableBytes == 0 { pending = more } else { pending.writeImmutableBuffer(more) }
      if pending.readableBytes >= Self.block {
        let bytes = pending
        try await NIOThreadPool.singleton.runIfActive { try file.write(bytes) }
        pending = ByteBuffer()
      }
    }
    let bytes = pending
    let (size, digest) = try await NIOThreadPool.singleton.runIfActive {
      try file.write(bytes)
      return file.finish()
    }
    space.hold(path, size: size, sha256: digest)
    return HTTPEvent.Part(
      contentType: contentType, size: size, sha256: digest.hexString, url: ScratchSpace.address(of: path))
  }
}

/// One file that is being written; used by one thread at a time.
private final class ScratchFile: @unchecked Sendable {
  private let descriptor: Int32
  private let digest = DigestStream(.sha256)
  private var size: Int64 = 0

  init(path: String) throws(Refusal) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .scratchFull }
  }

  deinit { close(descriptor) }

  func write(_ buffer: ByteBuffer) throws(Refusal) {
    let isWritten = buffer.withUnsafeReadableBytes { bytes in
      digest.update(bytes)
      var offset = 0
      while offset < bytes.count {
        let written = Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { return false }
        offset += written
      }
      return true
    }
    guard isWritten else { throw .scratchFull }
    size += Int64(buffer.readableBytes)
  }

  func finish() -> (size: Int64, digest: [UInt8]) { (size, digest.finalize()) }
}
