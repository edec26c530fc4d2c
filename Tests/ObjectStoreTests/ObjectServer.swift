import Checksums
import FoundationEssentials
import LoopbackServer
import ObjectStore
import Core
import S3Protocol

/// One object behind a scripted server that honours `Range` and `If-Match`, with faults where a test wants them.
struct ObjectServer: Sendable {
  let bytes: [UInt8]
  let info: ObjectInfo
  /// What to do instead for a request; `nil` for the right answer.
  var fault: @Sendable (ReceivedRequest) -> [LoopbackServer.Step]? = { _ in nil }

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    info = ObjectInfo(
      key: "v.mp4", size: Int64(bytes.count), etag: ETag(md5: Digest.md5(bytes)),
      lastModified: Date(timeIntervalSince1970: 0))
  }

  func answer(_ request: ReceivedRequest) -> [LoopbackServer.Step] {
    if let fault = fault(request) { return fault }
    guard request.header("if-match") == info.etag.quoted else { return [.error(.preconditionFailed)] }
    guard let range = request.range, range.lowerBound < bytes.count else { return [.error(.invalidRange)] }
    return [.send(head(range)), .send(Array(bytes[clamped(range)]))]
  }

  /// The right head, but only some of the bytes.
  func truncated(_ request: ReceivedRequest, after count: Int, then end: LoopbackServer.Step) -> [LoopbackServer.Step] {
    guard let range = request.range else { return [.respond(400)] }
    return [.send(head(range)), .send(Array(bytes[clamped(range)].prefix(count))), end]
  }

  private func clamped(_ range: ClosedRange<Int>) -> ClosedRange<Int> {
    range.lowerBound...min(range.upperBound, bytes.count - 1)
  }

  private func head(_ range: ClosedRange<Int>) -> [UInt8] {
    let range = clamped(range)
    return LoopbackServer.Step.head(
      206,
      LoopbackServer.Step.objectHeaders(info.etag.quoted) + [
        ("Content-Length", "\(range.count)"),
        ("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound)/\(bytes.count)"),
      ])
  }
}

/// The source that the client makes of the object, used on a thread of its own.
func withSource<Result: Sendable>(
  _ object: ObjectServer, stallTimeout: Duration = .seconds(10),
  _ body: @escaping @Sendable (HTTPRangeSource, LoopbackServer) throws -> Result
) async throws -> Result {
  try await withClient(stallTimeout: stallTimeout) {
    object.answer($0)
  } _: { client, server in
    let source = try client.open("v.mp4", in: "my-bucket", info: object.info)
    let ranged = source as! HTTPRangeSource
    return try await DedicatedThread.run(name: "reader") { try body(ranged, server) }
  }
}

extension ByteSource {
  /// What one call yields, at most `count` bytes.
  func piece(_ count: Int, at offset: Int64) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      used = try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// Reads a range by calls of at most `piece` bytes.
  func bytes(_ range: Range<Int64>, piece: Int = 64 << 10) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    while bytes.count < range.count {
      let offset = range.lowerBound + Int64(bytes.count)
      let next = try self.piece(min(piece, range.count - bytes.count), at: offset)
      if next.isEmpty { break }
      bytes += next
    }
    return bytes
  }
}
