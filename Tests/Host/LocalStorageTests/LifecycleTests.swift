import LocalStorage
import SQLiteQueue
import FoundationEssentials
import HTTPTransport
import Logging
import Core
import S3Protocol
import S3Server
import S3Storage
import Testing

@Suite("Lifecycle rules")
struct LifecycleTests {
  private static let document = """
    <LifecycleConfiguration>
      <Rule><ID>logs</ID><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter>
        <Expiration><Days>1</Days></Expiration></Rule>
      <Rule><ID>tagged</ID><Status>Enabled</Status>
        <Filter><And><Prefix></Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And></Filter>
        <Expiration><Days>1</Days></Expiration></Rule>
      <Rule><ID>large</ID><Status>Enabled</Status>
        <Filter><ObjectSizeGreaterThan>100</ObjectSizeGreaterThan></Filter><Expiration><Days>1</Days></Expiration></Rule>
      <Rule><ID>off</ID><Status>Disabled</Status><Prefix>kept</Prefix><Expiration><Days>1</Days></Expiration></Rule>
      <Rule><Status>Enabled</Status><Prefix>up/</Prefix>
        <AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>
    </LifecycleConfiguration>
    """

  @Test("remove what they select at the midnight after their days, and tell it")
  func expiry() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      for (key, size) in [("logs/1", 1), ("large", 101), ("small", 100), ("kept", 1)] {
        #expect(try await server.send("PUT", "bucket", key, body: [UInt8](repeating: 1, count: size)).status == 200)
      }
      #expect(
        try await server.send("PUT", "bucket", "tagged", headers: [("x-amz-tagging", "a=b&c=d")], body: [1]).status
          == 200)
      for key in ["up/1", "other"] {
        #expect(try await server.send("POST", "bucket", key, query: [("uploads", nil)]).status == 200)
      }
      let put = try await server.send(
        "PUT", "bucket", query: [("lifecycle", nil)], body: Array(Self.document.utf8))
      #expect(put.status == 200, "\(put.text)")
      let before = server.store.changes.all.count

      // A day has passed, but no midnight after it yet.
      let day = (Date().timeIntervalSince1970 / 86_400).rounded(.down)
      let midnight = Date(timeIntervalSince1970: (day + 2) * 86_400)
      try await sweep(server.store, at: midnight.addingTimeInterval(-1))
      #expect(try await keys(server) == ["kept", "large", "logs/1", "small", "tagged"])

      try await sweep(server.store, at: midnight)
      #expect(try await keys(server) == ["kept", "small"])
      let changes = server.store.changes.all.dropFirst(before)
      #expect(Set(changes.map(\.key)) == ["large", "logs/1", "tagged"])
      #expect(changes.allSatisfy { $0.event == .expire && !$0.event.isCreation && $0.sequencer != nil })
      let uploads = try await server.send("GET", "bucket", query: [("uploads", nil)])
      #expect(try ListMultipartUploadsResult.decode(uploads.body).uploads.map(\.key) == ["other"])
    }
  }

  @Test("more objects than one step takes are all looked at")
  func many() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let cause = ObjectChange.Cause(event: .put, time: Date(millisecondsSince1970: 0), requestID: "r")
      let source = ObjectAddress(bucket: "bucket", key: "z")
      #expect(try await server.send("PUT", "bucket", "z", body: [1]).status == 200)
      for number in 0..<1001 {
        let address = ObjectAddress(bucket: "bucket", key: number % 2 == 0 ? "a/\(number)" : "b/\(number)")
        _ = try await server.store.backend.copy(
          try await server.store.backend.open(source),
          as: ObjectWrite(address: address, attributes: ObjectAttributes(), conditions: Preconditions(), cause: cause),
          checksum: nil)
      }
      let rule =
        "<Rule><ID>a</ID><Status>Enabled</Status><Prefix>a/</Prefix><Expiration><Days>1</Days></Expiration></Rule>"
      let document = Array("<LifecycleConfiguration>\(rule)</LifecycleConfiguration>".utf8)
      try await server.store.backend.setDocument(.lifecycle, of: "bucket", to: document)
      let removed = try await server.store.backend.applyLifecycles(at: Date(millisecondsSince1970: 2 * 86_400_000))
      #expect(removed.objects == 501)
      #expect(try await server.store.backend.applyLifecycles(at: Date(millisecondsSince1970: 2 * 86_400_000)) == (0, 0))
    }
  }

  private func keys(_ server: StoreServer) async throws -> [String] {
    try ListObjectsV2Result.decode(try await server.send("GET", "bucket", query: [("list-type", "2")]).body)
      .contents.map(\.key)
  }

  private func sweep(_ store: Store, at now: Date) async throws {
    let database = try LocalDatabase(
      path: store.folder.path + "/queue.sqlite", migrations: QueueSchema.migrations, durability: .process)
    let housekeeping = Housekeeping(
      queue: try SQLiteInvocationQueue(database: database), retention: .seconds(3600), store: store.backend,
      clock: .fixed(now), logger: Logger(label: "test"))
    await housekeeping.sweep()
    try database.close()
  }
}
