import FoundationEssentials
import ObjectStore
import Core
import S3Protocol
import Testing

/// A folder of its own, removed afterwards.
func withFolder<Result>(_ body: (FolderStore, _ root: String) async throws -> Result) async throws -> Result {
  let root = FileManager.default.temporaryDirectory.path + "/folder-store-" + RequestID.make()
  defer { try? FileManager.default.removeItem(atPath: root) }
  return try await body(FolderStore(root: root), root)
}

/// Every file below a folder, relative to it.
func files(below root: String) -> Set<String> {
  var found: Set<String> = []
  var pending = [""]
  while let folder = pending.popLast() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: root + "/" + folder)) ?? [] {
      let path = folder.isEmpty ? name : folder + "/" + name
      var isFolder = false
      _ = FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isFolder)
      if isFolder { pending.append(path) } else { found.insert(path) }
    }
  }
  return found
}

@Suite("Objects in a folder")
struct FolderStoreTests {
  @Test("ordinary keys are ordinary paths, and nothing else lies about")
  func readable() async throws {
    try await withFolder { store, root in
      let keys = ["talks/day 1/keynote-270.gif", "manifest.json", "ünïcödé/日本語.jpg", "a+b&c.gif", ".hidden"]
      for key in keys { _ = try await store.put([1], as: key, in: "output") }
      #expect(files(below: root) == Set(keys.map { "output/" + $0 }))
    }
  }

  @Test(
    "no key leaves its bucket's folder", arguments: awkwardKeys + ["/", "//", "./.", "../output2/x", "a/../../../x"])
  func confined(key: String) async throws {
    try await withFolder { store, root in
      _ = try await store.put([1, 2], as: key, in: "output")
      let files = files(below: root)
      #expect(files.count == 1)
      #expect(files.allSatisfy { $0.hasPrefix("output/") && !$0.contains("..") || key.contains("..") })
      #expect(FileManager.default.subpathsCount(outside: "output", of: root) == 0)
      let bytes = try await store.get(key, in: "output").bytes
      #expect(bytes == [1, 2])
      let listed = try await store.listAll(bucket: "output", prefix: "").map(\.key)
      #expect(listed.map { Array($0.utf8) } == [Array(key.utf8)])
      try await store.delete(key, in: "output")
      #expect(!FileManager.default.fileExists(atPath: root + "/output/x"))
      let left = try await store.exists(key, in: "output")
      #expect(!left)
    }
  }

  @Test("buckets that would lead elsewhere are refused", arguments: ["", ".", "..", "a/b", "a\0b"])
  func badBucket(bucket: String) async throws {
    try await withFolder { store, root in
      #expect(await storeError { _ = try await store.put([1], as: "k", in: bucket) }?.code == "InvalidBucketName")
      #expect(await storeError { _ = try await store.get("k", in: bucket) }?.code == "InvalidBucketName")
      #expect(await storeError { _ = try await store.listAll(bucket: bucket, prefix: "") }?.code == "InvalidBucketName")
    }
  }

  @Test("keys that S3 would not take are refused", arguments: ["", "a\0b", String(repeating: "x", count: 1025)])
  func badKey(key: String) async throws {
    try await withFolder { store, root in
      let error = await storeError { _ = try await store.put([1], as: key, in: "output") }
      #expect(error?.isRetryable == false)
      #expect(files(below: root).isEmpty)
    }
  }

  @Test("deleting takes empty folders away and leaves the others")
  func pruning() async throws {
    try await withFolder { store, root in
      _ = try await store.put([1], as: "a/b/c/1", in: "output")
      _ = try await store.put([1], as: "a/2", in: "output")
      try await store.delete(["a/b/c/1", "a/nothing/here", "a/2/3", "a"], in: "output")
      #expect(files(below: root) == ["output/a/2"])
      #expect(!FileManager.default.fileExists(atPath: root + "/output/a/b"))
      #expect(FileManager.default.fileExists(atPath: root + "/output/a"))
    }
  }

  @Test("an object where a folder is, or a folder where an object is, is refused and harms nothing")
  func conflict() async throws {
    try await withFolder { store, root in
      _ = try await store.put([1], as: "a/b", in: "output")
      #expect(
        await storeError { _ = try await store.put([2], as: "a", in: "output") }?.code == "KeyConflictsWithFolder")
      #expect(
        await storeError { _ = try await store.put([2], as: "a/b/c", in: "output") }?.code == "KeyConflictsWithFolder")
      #expect(await storeError { _ = try await store.get("a", in: "output") }?.code == "NoSuchKey")
      #expect(await storeError { _ = try await store.get("a/b/c", in: "output") }?.code == "NoSuchKey")
      #expect(files(below: root) == ["output/a/b"])
    }
  }

  @Test("a file that another program changes has another tag")
  func changedByHand() async throws {
    try await withFolder { store, root in
      let before = try await store.put(Array("one".utf8), as: "k.txt", in: "output")
      try Data("two!".utf8).write(to: URL(filePath: root + "/output/k.txt"))
      let after = try await store.head("k.txt", in: "output")
      #expect(after.etag != before)
      #expect(after.size == 4)
    }
  }

  @Test("files that are no objects are not listed, links are not followed")
  func foreignFiles() async throws {
    try await withFolder { store, root in
      _ = try await store.put([1], as: "k", in: "output")
      try Data("x".utf8).write(to: URL(filePath: root + "/output/50% off.txt"))
      try Data("x".utf8).write(to: URL(filePath: root + "/outside"))
      try FileManager.default.createSymbolicLink(
        atPath: root + "/output/link", withDestinationPath: root + "/outside")
      let keys = try await store.listAll(bucket: "output", prefix: "").map(\.key)
      #expect(keys == ["k"])
      #expect(await storeError { _ = try await store.get("link", in: "output") }?.code == "NoSuchKey")
    }
  }

  @Test("of many writers that want to be the first, one is")
  func race() async throws {
    try await withFolder { store, root in
      let winners = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<20 {
          group.addTask {
            var options = PutOptions()
            options.ifNoneMatch = true
            return (try? await store.put([UInt8(number)], as: "manifest.json", in: "output", options: options)) != nil
          }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(winners == 1)
      #expect(files(below: root) == ["output/manifest.json"])
    }
  }

  @Test("what a file's name does not tell is kept beside, and goes with the object")
  func details() async throws {
    try await withFolder { store, root in
      var options = PutOptions(contentType: "text/x-special")
      options.metadata = ["run": "r1"]
      _ = try await store.put([1], as: "a/k", in: "output", options: options)
      let again = try await FolderStore(root: root).head("a/k", in: "output")
      #expect(again.contentType == "text/x-special")
      #expect(again.metadata == ["run": "r1"])
      let keys = try await store.listAll(bucket: "output", prefix: "").map(\.key)
      #expect(keys == ["a/k"])
      // Other bytes are another object.
      try Data("two!".utf8).write(to: URL(filePath: root + "/output/a/k"))
      let changed = try await store.head("a/k", in: "output")
      #expect(changed.metadata.isEmpty)
      _ = try await store.put([1], as: "a/k", in: "output")
      #expect(files(below: root) == ["output/a/k"])
      try await store.delete("a/k", in: "output")
      #expect(files(below: root).isEmpty)
    }
  }
}

extension FileManager {
  /// How many entries lie beside a folder.
  func subpathsCount(outside folder: String, of root: String) -> Int {
    ((try? contentsOfDirectory(atPath: root)) ?? []).filter { $0 != folder }.count
  }
}
