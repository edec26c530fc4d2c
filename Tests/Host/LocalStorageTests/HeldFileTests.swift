import Checksums
import Core
import Encodings
import FoundationEssentials
import GRDB
import HTTPTransport
import LocalStorage
import ObjectStore
import S3Protocol
import S3Server
import S3Storage
import SigV4
import Synchronization
import Testing

/// Objects that are made of files which the host has already.
@Suite("Files that the host holds")
struct HeldFileTests {
  /// Holds one file.
  private final class Held: HeldFiles {
    static let address = "file:///scratch/r/part-0"
    let folder: ScratchFolder
    let bytes: [UInt8]
    let holders = Mutex(0)

    init(_ bytes: [UInt8]) throws {
      folder = try ScratchFolder()
      self.bytes = bytes
      try Data(bytes).write(to: URL(filePath: path))
    }

    var path: String { "\(folder.path)/part-0" }

    func take(_ address: String) -> HeldFile? {
      guard address == Self.address else { return nil }
      holders.withLock { $0 += 1 }
      return HeldFile(path: path, size: Int64(bytes.count), sha256: Digest.sha256(bytes)) { [self] in
        holders.withLock { $0 -= 1 }
      }
    }
  }

  private static let content = [UInt8]((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) })

  private static func put(_ server: StoreServer, _ key: String = "key", _ address: String = Held.address) async throws
    -> HTTPResponse
  {
    try await server.send(
      "PUT", "bucket", key, headers: [("x-zoetrope-held-file", address), ("content-type", "audio/wav")])
  }

  @Test("an object of a held file has its bytes, also when the file's own name has gone")
  func content() async throws {
    let held = try Held(Self.content)
    try await StoreServer.with(held: held) { server in
      try await server.makeBucket()
      let put = try await Self.put(server)
      #expect(put.status == 200)
      #expect(put.headers["etag"] == "\"\(Digest.sha256(Self.content).prefix(16).hexString)-1\"")
      #expect(held.holders.withLock { $0 } == 1)
      try FileManager.default.removeItem(atPath: held.path)
      let found = try await server.send("GET", "bucket", "key", headers: [("if-match", put.headers["etag"] ?? "")])
      #expect(found.status == 200 && found.body == Self.content)
      #expect(found.headers["content-type"] == "audio/wav")
      #expect(server.store.changes.all.map(\.key) == ["key"])
      #expect(try await server.send("DELETE", "bucket", "key").status == 204)
      try await server.store.settle(files: 0)
      #expect(held.holders.withLock { $0 } == 0)
    }
  }

  @Test("the file is let go of if no object comes of it")
  func failures() async throws {
    let held = try Held(Self.content)
    try await StoreServer.with(held: held) { server in
      try await server.makeBucket()
      _ = try await server.send("PUT", "bucket", "key", body: [1])
      let refused = try await server.send(
        "PUT", "bucket", "key", headers: [("x-zoetrope-held-file", Held.address), ("if-none-match", "*")])
      #expect(refused.status == 412)
      #expect(
        try await server.send(
          "PUT", "nowhere", "key", headers: [("x-zoetrope-held-file", Held.address)]
        ).status == 404)
      try FileManager.default.removeItem(atPath: held.path)
      #expect(try await Self.put(server).errorCode == "NotImplemented")
      #expect(held.holders.withLock { $0 } == 0)
      #expect(try await server.send("GET", "bucket", "key").body == [1])
      #expect(server.store.files.count == 1)
    }
  }

  @Test(
    "files that the host does not hold are not opened, and neither are any for an address that was signed for others")
  func foreignFiles() async throws {
    let held = try Held(Self.content)
    try await StoreServer.with(held: held) { server in
      try await server.makeBucket()
      for address in ["file:///etc/passwd", "file://\(held.path)", ""] {
        #expect(try await Self.put(server, "key", address).errorCode == "NotImplemented")
      }
      let signer = SigV4Signer(credentials: StoreServer.credentials, region: "us-east-1", service: "s3")
      let query = signer.presignedQuery(
        for: SignableRequest(method: "PUT", path: "/bucket/key", query: [], headers: [("host", server.host)]),
        expires: 60, at: Date())
      let http = CurlTransport()
      defer { http.shutdown() }
      let sent = try await http.send(
        HTTPRequest(
          method: "PUT", url: "http://\(server.host)/bucket/key?\(query)",
          headers: HTTPHeaders([("x-zoetrope-held-file", Held.address)]), body: []))
      #expect(sent.errorCode == "NotImplemented")
      #expect(try await server.send("GET", "bucket", "key").status == 404)
    }
  }

  @Test("a client sends the address only to a store that is known to hold files")
  func client() async throws {
    let held = try Held(Self.content)
    try await StoreServer.with(held: held) { server in
      try await server.makeBucket()
      var configuration = S3Configuration(endpoint: "http://\(server.host)", credentials: StoreServer.credentials)
      let http = CurlTransport()
      defer { http.shutdown() }
      let plain = S3Client(configuration: configuration, http: http)
      #expect(try await plain.put(held: Held.address, as: "key", in: "bucket", options: PutOptions()) == nil)
      #expect(try await !plain.exists("key", in: "bucket"))
      configuration.holdsFiles = true
      let client = S3Client(configuration: configuration, http: http)
      #expect(try await client.put(held: "file:///other", as: "key", in: "bucket", options: PutOptions()) == nil)
      let etag = try await client.put(held: Held.address, as: "key", in: "bucket", options: PutOptions())
      #expect(etag == ETag(sha256: Digest.sha256(Self.content)))
      #expect(try await client.get("key", in: "bucket").bytes == Self.content)
    }
  }

  @Test("a check of the contents compares such an object with its SHA-256")
  func verification() async throws {
    let held = try Held(Self.content)
    let folder = try ScratchFolder()
    try await StoreServer.with(in: folder, held: held) { server in
      try await server.makeBucket()
      _ = try await Self.put(server)
      // As a data folder has it.
      let data = "\(folder.path)/data"
      try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
      for suffix in ["", "-wal"] {
        try FileManager.default.copyItem(
          atPath: "\(folder.path)/database.sqlite\(suffix)", toPath: "\(data)/zoetrope.sqlite\(suffix)")
      }
      try FileManager.default.createSymbolicLink(atPath: "\(data)/objects", withDestinationPath: "\(folder.path)/store")
      let whole = try StoreVerification.of(dataFolder: data, contents: true)
      #expect(whole.objects == 1 && whole.problems == [])
      let name = try #require(server.store.files.first)
      var damaged = Self.content
      damaged[5] ^= 1
      try Data(damaged).write(to: URL(filePath: "\(folder.path)/store/objects/\(name)"))
      #expect(try StoreVerification.of(dataFolder: data, contents: true).count == 1)
    }
  }
}
