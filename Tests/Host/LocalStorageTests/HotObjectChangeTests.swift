import Core
import FoundationEssentials
import HTTPTransport
import LocalStorage
import NIOCore
import S3Protocol
import S3Server
import S3Storage
import Testing

/// Which changes of the store objects in memory do not outlive.
@Suite("Objects in memory and the store")
struct StoredHotObjectsTests {
  private static let address = ObjectAddress(bucket: "bucket", key: "key")

  /// Keeps the object as a read of the store would.
  private static func read(_ server: StoreServer) async throws {
    let hot = server.store.backend.hot
    let ticket = hot.beginRead()
    let object = try await server.store.backend.open(address)
    let bytes = try await object.read(at: 0, count: Int(object.record.size))
    hot.keep(object.record, bytes, since: ticket)
    #expect(hot.find(address)?.record.etag == object.record.etag)
  }

  @Test("Every kind of change ends what is in memory")
  func changes() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let hot = server.store.backend.hot
      let multipart = [UInt8](repeating: 1, count: 16)
      let steps: [@Sendable () async throws -> Void] = [
        { _ = try await server.send("PUT", "bucket", "key", body: [2]) },
        { _ = try await server.send("PUT", "bucket", "key", headers: [("x-amz-copy-source", "/bucket/source")]) },
        {
          _ = try await server.send(
            "PUT", "bucket", "key", query: [("tagging", nil)],
            body: Array("<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>".utf8))
        },
        {
          let begun = try await server.send("POST", "bucket", "key", query: [("uploads", nil)])
          let id = try #require(try XMLNode.parse(begun.body).text(of: "UploadId"))
          let part = try await server.send(
            "PUT", "bucket", "key", query: [("partNumber", "1"), ("uploadId", id)], body: multipart)
          let tag = try #require(part.headers["ETag"])
          let list = "<Part><PartNumber>1</PartNumber><ETag>\(tag)</ETag></Part>"
          _ = try await server.send(
            "POST", "bucket", "key", query: [("uploadId", id)],
            body: Array("<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>".utf8))
        },
        { _ = try await server.send("DELETE", "bucket", "key") },
      ]
      _ = try await server.send("PUT", "bucket", "source", body: [9, 9])
      _ = try await server.send("PUT", "bucket", "key", body: [1])
      for step in steps {
        try await Self.read(server)
        let kept = hot.find(Self.address)
        try await step()
        #expect(kept != nil && hot.find(Self.address) == nil)
      }
    }
  }

  @Test("What expires is in memory no longer")
  func expiry() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let rule = "<Rule><ID>r</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter>"
      let document =
        "<LifecycleConfiguration>\(rule)<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
      try await server.store.backend.setDocument(.lifecycle, of: "bucket", to: Array(document.utf8))
      _ = try await server.send("PUT", "bucket", "key", body: [1])
      try await Self.read(server)
      #expect(try await server.store.backend.applyLifecycles(at: Date().addingTimeInterval(3 * 86_400)).objects == 1)
      #expect(server.store.backend.hot.find(Self.address) == nil)
    }
  }

  @Test("A change that fails leaves the object as it was, and it may be kept in memory again")
  func rollback() async throws {
    struct Refused: Error {}
    try await StoreServer.with(hook: { _, change in if change.size == 2 { throw Refused() } }) { server in
      try await server.makeBucket()
      let hot = server.store.backend.hot
      _ = try await server.send("PUT", "bucket", "key", body: [1])
      try await Self.read(server)
      #expect(try await server.send("PUT", "bucket", "key", body: [1, 2]).status == 500)
      #expect(hot.find(Self.address) == nil)
      try await Self.read(server)
      #expect(hot.find(Self.address)?.bytes == ByteBuffer(bytes: [1]))
    }
  }
}
