import LocalStorage
import FoundationEssentials
import Core
import S3Server
import Testing

/// A store never deletes an object because of what its database lacks.
@Suite("Opening a store")
struct StoreOpeningTests {
  /// A store with two objects that was closed, and one that was copied while it was in use.
  private func makeStore(whileInUse copy: ScratchFolder? = nil, suffixes: [String] = ["", "-wal"]) async throws
    -> ScratchFolder
  {
    let folder = try ScratchFolder()
    try await StoreServer.with(in: folder) { server in
      try await server.makeBucket()
      _ = try await server.send("PUT", "bucket", "a", body: [1, 2, 3])
      _ = try await server.send("PUT", "bucket", "b", body: [4])
      guard let copy else { return }
      for suffix in suffixes { try Self.copy("database.sqlite\(suffix)", server.store.folder, copy) }
      try Self.copy("store", server.store.folder, copy)
    }
    return folder
  }

  private static func copy(_ name: String, _ from: ScratchFolder, _ to: ScratchFolder) throws {
    try FileManager.default.copyItem(atPath: "\(from.path)/\(name)", toPath: "\(to.path)/\(name)")
  }

  private func objects(_ folder: ScratchFolder) -> [String] { folder.files(under: "store/objects").sorted() }

  /// As a runtime does it: looks first, then opens.
  private func open(_ folder: ScratchFolder) throws -> Store {
    try StoreOpening.check(database: "\(folder.path)/database.sqlite", folder: "\(folder.path)/store")
    return try Store(in: folder)
  }

  private func isRefused(_ folder: ScratchFolder) -> Bool {
    do {
      _ = try open(folder)
      return false
    } catch let error as StoreMismatch {
      return error.code == "StoreMismatch"
    } catch {
      return false
    }
  }

  @Test("a missing or empty database is refused, and none is made", arguments: [true, false])
  func missing(isEmpty: Bool) async throws {
    let folder = try await makeStore()
    let before = objects(folder)
    #expect(before.count == 2)
    try FileManager.default.removeItem(atPath: "\(folder.path)/database.sqlite")
    if isEmpty { _ = FileManager.default.createFile(atPath: "\(folder.path)/database.sqlite", contents: nil) }
    for _ in 0..<3 { #expect(isRefused(folder)) }
    #expect(objects(folder) == before)
    #expect(LocalDatabaseFile.size("\(folder.path)/database.sqlite") ?? 0 == 0)
  }

  @Test("a database without its log is refused, however often it is tried")
  func withoutLog() async throws {
    let copy = try ScratchFolder()
    _ = try await makeStore(whileInUse: copy, suffixes: [""])
    let before = objects(copy)
    for _ in 0..<3 { #expect(isRefused(copy)) }
    #expect(objects(copy) == before)
  }

  @Test("a database with its log is whole, as after a crash")
  func withLog() async throws {
    let copy = try ScratchFolder()
    _ = try await makeStore(whileInUse: copy)
    let store = try open(copy)
    #expect(store.backend.opened == StoreOpening())
    #expect(objects(copy).count == 2)
  }

  @Test("the database of another store is refused, however often it is tried")
  func foreign() async throws {
    let (folder, other) = (try await makeStore(), try await makeStore())
    try FileManager.default.removeItem(atPath: "\(folder.path)/database.sqlite")
    try Self.copy("database.sqlite", other, folder)
    let before = objects(folder)
    for _ in 0..<3 { #expect(isRefused(folder)) }
    #expect(objects(folder) == before)
  }

  @Test("an earlier copy of the same database is refused, however often it is tried")
  func older() async throws {
    let (folder, earlier) = (try await makeStore(), try ScratchFolder())
    try Self.copy("database.sqlite", folder, earlier)
    try await StoreServer.with(in: folder) { server in
      _ = try await server.send("PUT", "bucket", "c", body: [5])
    }
    try FileManager.default.removeItem(atPath: "\(folder.path)/database.sqlite")
    try Self.copy("database.sqlite", earlier, folder)
    for _ in 0..<3 { #expect(isRefused(folder)) }
    #expect(objects(folder).count == 3)
  }

  @Test("a store that ends leaves no log, and starts again")
  func cleanEnd() async throws {
    let folder = try await makeStore()
    #expect(LocalDatabaseFile.size("\(folder.path)/database.sqlite-wal") ?? 0 == 0)
    for _ in 0..<3 {
      let store = try open(folder)
      #expect(store.backend.opened == StoreOpening())
      try store.database.close()
    }
    #expect(objects(folder).count == 2)
  }

  @Test("files that no row names are removed and counted after a crash, and set aside in folders of earlier versions")
  func leftovers() async throws {
    let folder = try await makeStore()
    let orphan = "\(folder.path)/store/objects/ab/ab" + String(repeating: "0", count: 30)
    func leave() throws {
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/store/objects/ab", withIntermediateDirectories: true)
      #expect(FileManager.default.createFile(atPath: orphan, contents: Data([9, 9])))
    }
    try leave()
    var store: Store? = try open(folder)
    #expect(store?.backend.opened.removed == 1)
    #expect(store?.backend.opened.removedBytes == 2)
    try store?.database.close()
    store = nil
    try leave()
    try FileManager.default.removeItem(atPath: "\(folder.path)/store/identity")
    store = try open(folder)
    let aside = try #require(store?.backend.opened.folder)
    #expect(try FileManager.default.contentsOfDirectory(atPath: aside).count == 1)
    #expect(objects(folder).count == 2)
  }

  @Test("files that are missing or cut short are counted")
  func missingFiles() async throws {
    let folder = try await makeStore()
    let first = try #require(objects(folder).first)
    try FileManager.default.removeItem(atPath: "\(folder.path)/store/objects/\(first)")
    #expect(try open(folder).backend.opened.missing == 1)
  }
}

enum LocalDatabaseFile {
  static func size(_ path: String) -> Int? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
  }
}
