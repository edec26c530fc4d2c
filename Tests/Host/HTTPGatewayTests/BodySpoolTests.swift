import S3Storage
import LambdaEvents
import HTTPTypes
import Checksums
import Encodings
import FoundationEssentials
import HTTPGateway
import HummingbirdCore
import NIOCore
import S3Server
import Testing

@Suite("Bodies in scratch storage")
struct BodySpoolTests {
  /// A folder that is deleted with its value.
  private final class Folder: Sendable {
    let path = "\(FileManager.default.temporaryDirectory.path)/zoetrope-\(UUID().uuidString)"
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private let folder = Folder()

  private func body(_ bytes: [UInt8], piece: Int = 1000) -> RequestBody {
    RequestBody(
      asyncSequence: AsyncStream { continuation in
        for start in stride(from: 0, to: bytes.count, by: piece) {
          continuation.yield(ByteBuffer(bytes: bytes[start..<min(start + piece, bytes.count)]))
        }
        continuation.finish()
      })
  }

  private func files() -> [String] {
    ((try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }

  /// Files are removed on other threads.
  private func emptied() async throws -> Bool {
    for _ in 0..<6000 where !files().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    return files().isEmpty
  }

  @Test("a body that is no form is one part: its size, its digest, and a file that holds it until it is removed")
  func whole() async throws {
    let space = try ScratchSpace(folder: folder.path)
    let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let spool = BodySpool(space, requestID: "r", limit: 1 << 30)
    let parts = try await spool.store(body(bytes, piece: 70_000), contentType: "audio/wav")
    let part = try #require(parts.first)
    #expect(parts.count == 1 && part.size == 3_000_001 && part.contentType == "audio/wav")
    #expect(part.sha256 == Digest.sha256(bytes).hexString)
    let path = part.url.dropFirst("file://".count)
    #expect(FileManager.default.contents(atPath: String(path)) == Data(bytes))
    #expect(space.usedBytes == 3_000_001)
    spool.remove()
    #expect(space.usedBytes == 0)
    #expect(try await emptied())
  }

  @Test("a file that was taken stays when its request ends, and goes when it is released")
  func taken() async throws {
    let space = try ScratchSpace(folder: folder.path)
    let spool = BodySpool(space, requestID: "r", limit: 1 << 30)
    let bytes = [UInt8](repeating: 7, count: 100_000)
    let address = try #require(try await spool.store(body(bytes), contentType: "audio/wav").first).url
    let file = try #require(space.take(address))
    #expect(file.size == 100_000 && file.sha256 == Digest.sha256(bytes) && "file://\(file.path)" == address)
    spool.remove()
    // The bytes are the taker's from now on.
    #expect(space.usedBytes == 0)
    let other = BodySpool(space, requestID: "s", limit: 1 << 30)
    _ = try await other.store(body(bytes), contentType: nil)
    other.remove()
    for _ in 0..<6000 where files().contains("s") { try await Task.sleep(for: .milliseconds(5)) }
    #expect(FileManager.default.contents(atPath: file.path) == Data(bytes))
    file.release()
    #expect(files().isEmpty)
    #expect(space.take(address) == nil && space.take("file:///etc/passwd") == nil && space.take("") == nil)
  }

  @Test("each part of a form is a file of its own")
  func form() async throws {
    let space = try ScratchSpace(folder: folder.path)
    let form =
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n"
      + "--b\r\nContent-Disposition: form-data; name=\"target\"\r\n\r\nmp3\r\n--b--\r\n"
    let spool = BodySpool(space, requestID: "r", limit: 1 << 30)
    let parts = try await spool.store(body(Array(form.utf8), piece: 9), contentType: "multipart/form-data; boundary=b")
    #expect(parts.map(\.name) == ["file", "target"] && parts.map(\.size) == [4, 3])
    #expect(parts.map(\.fileName) == ["a.wav", nil] && files().count == 3)
    spool.remove()
    #expect(try await emptied())
  }

  @Test("a body beyond its own limit is 413, one beyond the space 507; both give back what they took")
  func limits() async throws {
    let space = try ScratchSpace(folder: folder.path, limit: 10_000)
    for (limit, length, status) in [(5000, 6000, 413), (50_000, 20_000, 507)] {
      let spool = BodySpool(space, requestID: "\(status)", limit: Int64(limit))
      let refusal = await #expect(throws: Refusal.self) {
        try await spool.store(body([UInt8](repeating: 1, count: length)), contentType: nil)
      }
      #expect(refusal?.status.code == status)
      spool.remove()
      #expect(space.usedBytes == 0)
    }
    // Two bodies share the space.
    let first = BodySpool(space, requestID: "1", limit: 50_000)
    _ = try await first.store(body([UInt8](repeating: 1, count: 6000)), contentType: nil)
    let second = BodySpool(space, requestID: "2", limit: 50_000)
    await #expect(throws: Refusal.self) {
      try await second.store(body([UInt8](repeating: 1, count: 6000)), contentType: nil)
    }
    second.remove()
    first.remove()
    #expect(space.usedBytes == 0)
    #expect(try await emptied())
  }

  @Test("a form that is cut is 400, and one of too many parts 413")
  func badForms() async throws {
    let space = try ScratchSpace(folder: folder.path)
    let many =
      String(
        repeating: "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n", count: 1001) + "--b--\r\n"
    for (text, status) in [("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nRI", 400), (many, 413)] {
      let spool = BodySpool(space, requestID: "\(status)", limit: 1 << 30)
      let refusal = await #expect(throws: Refusal.self) {
        try await spool.store(
          body(Array(text.utf8), piece: 100_000), contentType: "multipart/form-data; boundary=b")
      }
      #expect(refusal?.status.code == status)
      spool.remove()
    }
    #expect(try await emptied())
  }

  @Test("what a killed host left is removed at the start")
  func leftovers() throws {
    try FileManager.default.createDirectory(atPath: "\(folder.path)/old", withIntermediateDirectories: true)
    try Data([1, 2, 3]).write(to: URL(filePath: "\(folder.path)/old/part-0"))
    let space = try ScratchSpace(folder: folder.path)
    #expect(files().isEmpty && space.usedBytes == 0)
  }
}
