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

@Suite("Abandoned uploads")
struct UploadExpiryTests {
  private static let week: TimeInterval = 7 * 86400

  @Test("go with their parts when seven days are over, not before")
  func expiry() async throws {
    try await StoreServer.with { server in
      let now = Date(millisecondsSince1970: 1_800_000_000_000)
      try await server.makeBucket()
      func begin(_ age: TimeInterval) async throws -> String {
        let id = try await server.store.backend.createUpload(
          UploadCreation(
            address: ObjectAddress(bucket: "bucket", key: "key"), attributes: ObjectAttributes(), checksum: nil,
            time: now.addingTimeInterval(-age)))
        #expect(try await upload(server, id).status == 200)
        return id
      }
      let old = try await begin(Self.week + 1)
      let (young, now0) = (try await begin(Self.week), try await begin(0))
      #expect(server.store.files.count == 3)

      try await sweep(server.store, at: now)
      #expect(server.store.files.count == 2)
      #expect(try await upload(server, old).errorCode == "NoSuchUpload")
      for id in [young, now0] { #expect(try await upload(server, id).status == 200) }
      // Nothing is announced: there was no object.
      #expect(server.store.changes.all.isEmpty)

      try await sweep(server.store, at: now.addingTimeInterval(1))
      #expect(try await upload(server, young).errorCode == "NoSuchUpload")
      #expect(server.store.files.count == 1)
    }
  }

  private func upload(_ server: StoreServer, _ id: String) async throws -> HTTPTransport.HTTPResponse {
    try await server.send(
      "PUT", "bucket", "key", query: [("partNumber", "1"), ("uploadId", id)], body: Array("part".utf8))
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
