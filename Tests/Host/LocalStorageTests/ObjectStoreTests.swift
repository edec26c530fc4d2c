import LocalStorage
import FoundationEssentials
import GRDB
import HTTPTransport
import NIOCore
import Core
import S3Protocol
import S3Server
import S3Storage
import Testing

/// What of the store must hold whatever happens in between: crashes, failures, readers that are slow.
@Suite("The store")
struct ObjectStoreTests {
  private struct Refusal: Error {}

  @Test("an object and what its hook writes are committed together or not at all")
  func hookIsPartOfTheTransaction() async throws {
    let hook: ObjectCommitHook = { db, change in
      try db.execute(sql: "INSERT INTO bucket_documents VALUES (1, ?, x'00')", arguments: [change.key])
      if change.key == "refused" { throw Refusal() }
    }
    try await StoreServer.with(hook: hook) { server in
      try await server.makeBucket()
      #expect(try await server.send("PUT", "bucket", "accepted", body: [1]).status == 200)
      #expect(try await server.send("PUT", "bucket", "refused", body: [1]).status == 500)
      let written = try await server.store.database.read { db in
        try String.fetchAll(db, sql: "SELECT kind FROM bucket_documents")
      }
      #expect(written == ["accepted"])
      #expect(try await server.send("GET", "bucket", "refused").status == 404)
      #expect(server.store.files.count == 1)
    }
  }

  @Test("a replaced object whose hook fails stays what it was")
  func failedReplacement() async throws {
    let hook: ObjectCommitHook = { _, change in
      if change.size == 2 { throw Refusal() }
    }
    try await StoreServer.with(hook: hook) { server in
      try await server.makeBucket()
      _ = try await server.send("PUT", "bucket", "key", body: [1])
      #expect(try await server.send("PUT", "bucket", "key", body: [1, 2]).status == 500)
      #expect(try await server.send("GET", "bucket", "key").body == [1])
      #expect(server.store.files.count == 1)
    }
  }

  @Test("files that a crash left behind are collected at the next start, files of objects and parts are not")
  func orphans() async throws {
    let folder = try ScratchFolder()
    try await StoreServer.with { server in
      try await server.makeBucket()
      _ = try await server.send("PUT", "bucket", "key", body: [1, 2, 3])
      let begun = try await server.send("POST", "bucket", "parts", query: [("uploads", nil)])
      let id = try InitiateMultipartUploadResult.decode(begun.body).uploadID
      _ = try await server.send("PUT", "bucket", "parts", query: [("uploadId", id), ("partNumber", "1")], body: [4])
      // As the disk is found after a crash: the database and all files, with some that nothing came to refer to.
      for suffix in ["", "-wal"] {
        try FileManager.default.copyItem(
          atPath: server.store.folder.path + "/database.sqlite" + suffix,
          toPath: folder.path + "/database.sqlite" + suffix)
      }
      try FileManager.default.copyItem(
        atPath: server.store.folder.path + "/store", toPath: folder.path + "/store")
    }
    let orphan = "ab" + String(repeating: "0", count: 30)
    try FileManager.default.createDirectory(
      atPath: folder.path + "/store/objects/ab", withIntermediateDirectories: true)
    #expect(
      FileManager.default.createFile(atPath: "\(folder.path)/store/objects/ab/\(orphan)", contents: Data([9])))
    let store = try Store(in: folder)
    #expect(store.files.count == 2)
    let object = try await store.backend.open(ObjectAddress(bucket: "bucket", key: "key"))
    #expect(Array(buffer: try await object.read(at: 0, count: 10)) == [1, 2, 3])
  }

  @Test("files that a durable store keeps ready are no objects, and go with it")
  func reserveGoesWithTheStore() async throws {
    let folder = try ScratchFolder()
    try await StoreServer.with(in: folder, durability: .full) { server in
      try await server.makeBucket()
      for index in 0..<40 {
        #expect(try await server.send("PUT", "bucket", "\(index)", body: [UInt8(index)]).status == 200)
      }
      for index in 0..<40 { #expect(try await server.send("GET", "bucket", "\(index)").body == [UInt8(index)]) }
      #expect(server.store.files.count > 40)
    }
    // The thread that answered last may be the last to let go of the store.
    for _ in 0..<1000 where folder.files(under: "store/objects").count != 40 {
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(folder.files(under: "store/objects").count == 40)
  }

  @Test("a reader keeps the object that it opened, though the key is replaced and removed meanwhile")
  func readersKeepTheirObject() async throws {
    try await StoreServer.with { server in
      try await server.makeBucket()
      let address = ObjectAddress(bucket: "bucket", key: "key")
      _ = try await server.send("PUT", "bucket", "key", body: [1, 1, 1])
      var reader: (any OpenObject)? = try await server.store.backend.open(address)
      _ = try await server.send("PUT", "bucket", "key", body: [2, 2])
      _ = try await server.send("DELETE", "bucket", "key")
      let block = try await reader?.read(at: 1, count: 10)
      #expect(block.map { Array(buffer: $0) } == [1, 1])
      #expect(server.store.files.count == 1)
      reader = nil
      try await server.store.settle(files: 0)
      #expect(server.store.files.isEmpty)
    }
  }

  @Test("readers and writers of one key at once see whole objects only")
  func concurrentReplacement() async throws {
    let store = try await StoreServer.with { server in
      try await server.makeBucket()
      _ = try await server.send("PUT", "bucket", "key", body: [UInt8](repeating: 0, count: 50_000))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for round in 1...40 {
            let body = [UInt8](repeating: UInt8(round), count: 50_000 + round)
            let response = try await server.send("PUT", "bucket", "key", body: body)
            #expect(response.status == 200)
          }
        }
        for _ in 0..<2 {
          group.addTask {
            for _ in 0..<40 {
              let body = try await server.send("GET", "bucket", "key").body
              #expect(body.count == 50_000 + Int(body[0]))
              #expect(body.allSatisfy { $0 == body[0] })
            }
          }
        }
        try await group.waitForAll()
      }
      return server.store
    }
    try await store.settle(files: 1)
    #expect(store.files.count == 1)
  }

  @Test("a list with a delimiter skips what is inside its common prefixes")
  func listingOfManyKeys() async throws {
    let store = try Store()
    _ = try await store.backend.createBucket("bucket", at: Date())
    try await store.database.write { db in
      for folder in 0..<20 {
        for number in 0..<1000 {
          try db.execute(
            sql: "INSERT INTO objects (bucket, key, size, etag, modified, detail) VALUES (1, ?, 1, 'e', 0, x'')",
            arguments: [Data("f\(folder)/\(number)".utf8)])
        }
      }
    }
    let top = try await store.backend.list(ListingQuery(delimiter: "/", maxKeys: 15), in: "bucket")
    #expect(top.commonPrefixes.count == 15)
    #expect(top.isTruncated)
    let rest = try await store.backend.list(ListingQuery(delimiter: "/", after: top.last), in: "bucket")
    #expect(rest.commonPrefixes.count == 5)
    #expect(!rest.isTruncated)
    var keys: [String] = []
    var after: String?
    repeat {
      let page = try await store.backend.list(ListingQuery(prefix: "f1", after: after), in: "bucket")
      keys += page.items.map(\.key)
      after = page.isTruncated ? page.last : nil
    } while after != nil
    #expect(keys.count == 11_000)
    #expect(keys == keys.sorted())
  }

  @Test("the database of a newer version is refused")
  func newerDatabase() async throws {
    let folder = try ScratchFolder()
    let path = folder.path + "/database.sqlite"
    let newer = FileObjectBackend.migrations + [LocalDatabase.Migration("objects/99") { _ in }]
    try LocalDatabase(path: path, migrations: newer).close()
    let error = #expect(throws: LocalDatabaseError.self) {
      try LocalDatabase(path: path, migrations: FileObjectBackend.migrations)
    }
    #expect(error?.code == "NewerDatabase")
  }
}
