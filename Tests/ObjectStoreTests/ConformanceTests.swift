import Checksums
import FoundationEssentials
import ObjectStore
import Core
import S3Protocol
import Testing

@Suite("Every object store")
struct ConformanceTests {
  @Test(arguments: StoreUnderTest.allCases)
  func put_get_head(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      let bytes = pattern(300_000)
      var options = PutOptions(contentType: "image/gif")
      options.metadata = ["run": "a b"]
      let etag = try await store.put(bytes, as: "talks/a.gif", in: bucket, options: options)
      #expect(etag == ETag(md5: Digest.md5(bytes)))
      let (info, found) = try await store.get("talks/a.gif", in: bucket)
      #expect(found == bytes)
      let head = try await store.head("talks/a.gif", in: bucket)
      for info in [info, head] {
        #expect(info.key == "talks/a.gif")
        #expect(info.size == 300_000)
        #expect(info.etag == etag)
        #expect(info.contentType == "image/gif")
        #expect(info.metadata == ["run": "a b"])
        #expect(abs(info.lastModified.timeIntervalSinceNow) < 3600)
      }
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func put_empty(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      let etag = try await store.put([], as: "empty", in: bucket)
      #expect(etag == ETag("d41d8cd98f00b204e9800998ecf8427e"))
      let (info, bytes) = try await store.get("empty", in: bucket)
      #expect(info.size == 0)
      #expect(bytes.isEmpty)
      let read = try await readAll(store, "empty", bucket, info)
      #expect(read.isEmpty)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func put_replaces(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      let first = try await store.put(pattern(1000), as: "k", in: bucket)
      let second = try await store.put([1], as: "k", in: bucket)
      #expect(first != second)
      let bytes = try await store.get("k", in: bucket).bytes
      #expect(bytes == [1])
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func get_range(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      let bytes = pattern(1000)
      let etag = try await store.put(bytes, as: "k", in: bucket)
      for range: ClosedRange<Int64> in [0...0, 10...19, 990...999, 990...5000, 0...999] {
        let (info, found) = try await store.get("k", in: bucket, range: range, ifMatch: etag)
        #expect(found == Array(bytes[Int(range.lowerBound)...Int(min(range.upperBound, 999))]))
        #expect(info.size == 1000)
        #expect(info.etag == etag)
      }
      #expect(
        await storeError { _ = try await store.get("k", in: bucket, range: 1000...1001, ifMatch: nil) }?.code
          == "InvalidRange")
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func get_otherTag(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      _ = try await store.put([1], as: "k", in: bucket)
      let error = await storeError { _ = try await store.get("k", in: bucket, range: nil, ifMatch: ETag("other")) }
      #expect(error?.code == "PreconditionFailed")
      #expect(error?.httpStatus == 412)
      #expect(error?.isRetryable == false)
    }
  }

  @Test("what is absent is an error with its code", arguments: StoreUnderTest.allCases)
  func absent(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      for error in [
        await storeError { _ = try await store.head("absent/k", in: bucket) },
        await storeError { _ = try await store.get("absent/k", in: bucket) },
      ] {
        #expect(error?.code == "NoSuchKey")
        #expect(error?.httpStatus == 404)
      }
      let exists = try await store.exists("absent/k", in: bucket)
      #expect(!exists)
      let listed = try await store.listAll(bucket: bucket, prefix: "absent/")
      #expect(listed.isEmpty)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func put_onlyIfNew(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      var options = PutOptions()
      options.ifNoneMatch = true
      _ = try await store.put([1], as: "k", in: bucket, options: options)
      let error = await storeError { _ = try await store.put([2], as: "k", in: bucket, options: options) }
      #expect(error?.code == "PreconditionFailed")
      let bytes = try await store.get("k", in: bucket).bytes
      #expect(bytes == [1])
      try await store.delete("k", in: bucket)
      _ = try await store.put([3], as: "k", in: bucket, options: options)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func put_onlyOver(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      var options = PutOptions()
      options.ifMatch = ETag("other")
      #expect(
        await storeError { _ = try await store.put([2], as: "k", in: bucket, options: options) }?.code == "NoSuchKey")
      let etag = try await store.put([1], as: "k", in: bucket)
      #expect(
        await storeError { _ = try await store.put([2], as: "k", in: bucket, options: options) }?.code
          == "PreconditionFailed")
      options.ifMatch = etag
      _ = try await store.put([3], as: "k", in: bucket, options: options)
      let bytes = try await store.get("k", in: bucket).bytes
      #expect(bytes == [3])
    }
  }

  @Test("objects one behind the other become one, or the store says that it cannot", arguments: StoreUnderTest.allCases)
  func concatenate(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      let whole = Int(Multipart.minimumPartSize)
      // The first piece is cut, or sent whole with the head.
      for sizes in [[2 * whole + 3, whole, 5], [whole + 1, whole + 2]] {
        var (pieces, bytes): ([ObjectInfo], [UInt8]) = ([], pattern(70))
        for (number, size) in sizes.enumerated() {
          let piece = pattern(size + number).suffix(size)
          _ = try await store.put(Array(piece), as: "piece/\(number)", in: bucket)
          pieces.append(try await store.head("piece/\(number)", in: bucket))
          bytes += piece
        }
        let etag = try await store.concatenate(
          pattern(70), pieces, as: "joined", in: bucket, options: PutOptions(contentType: "audio/flac"))
        #expect((etag == nil) == (kind == .folder))
        guard let etag else { continue }
        let (info, found) = try await store.get("joined", in: bucket)
        #expect(info.etag == etag && info.contentType == "audio/flac" && found == bytes)
        // The pieces are still objects of their own.
        try await store.delete(pieces.map(\.key), in: bucket)
        #expect(try await store.get("joined", in: bucket).bytes == bytes)
      }
      _ = try await store.put(pattern(100), as: "short", in: bucket)
      let short = try await store.head("short", in: bucket)
      #expect(try await store.concatenate([1], [short, short], as: "other", in: bucket, options: PutOptions()) == nil)
      #expect(try await !store.exists("other", in: bucket))
      guard kind != .folder else { return }
      _ = try await store.put(pattern(whole), as: "long", in: bucket)
      let former = try await store.head("long", in: bucket)
      _ = try await store.put(pattern(whole + 1), as: "long", in: bucket)
      await #expect(throws: ObjectStoreError.self) {
        try await store.concatenate([1], [former, short], as: "other", in: bucket, options: PutOptions())
      }
      #expect(try await !store.exists("other", in: bucket))
    }
  }

  @Test("awkward keys are kept apart", arguments: StoreUnderTest.allCases)
  func awkward(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      // As ../../etc/passwd is among them; and a prefix takes some of the 1,024 bytes that a key may have.
      let keys = awkwardKeys.filter { $0 != ".." && (kind != .prefix || $0.utf8.count < 900) }
      for (number, key) in keys.enumerated() {
        _ = try await store.put([UInt8(number)], as: key, in: bucket)
      }
      for (number, key) in keys.enumerated() {
        let bytes = try await store.get(key, in: bucket).bytes
        #expect(bytes == [UInt8(number)], "\(key)")
      }
      let listed = try await store.listAll(bucket: bucket, prefix: "").map { Array($0.key.utf8) }
      #expect(listed == keys.sorted(by: ObjectKey.precedes).map { Array($0.utf8) })
      try await store.delete(keys, in: bucket)
      let left = try await store.listAll(bucket: bucket, prefix: "")
      #expect(left.isEmpty)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func list_pages(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      let keys = (0..<23).map { "k/\($0)" } + ["a", "z", "k-", "k0"]
      for key in keys { _ = try await store.put(Array(key.utf8), as: key, in: bucket) }
      let wanted = keys.filter { $0.hasPrefix("k/") }.sorted(by: ObjectKey.precedes)
      var found: [ObjectSummary] = []
      var next: String?
      for _ in 0..<10 {
        let page = try await store.list(bucket: bucket, prefix: "k/", startAfter: next, delimiter: nil, limit: 5)
        #expect(page.objects.count <= 5)
        found += page.objects
        next = page.next
        if next == nil { break }
      }
      #expect(found.map(\.key) == wanted)
      for object in found {
        #expect(object.size == Int64(object.key.utf8.count))
        #expect(object.etag == ETag(md5: Digest.md5(Array(object.key.utf8))))
      }
      let rest = try await store.list(bucket: bucket, prefix: "", startAfter: "k/9", delimiter: nil, limit: 1000)
      #expect(rest.objects.map(\.key) == ["k0", "z"])
      #expect(rest.next == nil)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func list_groups(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      for key in ["a/1", "a/2", "a/b/3", "b", "c/4", "c/5", "d"] { _ = try await store.put([1], as: key, in: bucket) }
      let top = try await store.list(bucket: bucket, prefix: "", startAfter: nil, delimiter: "/", limit: 1000)
      #expect(top.objects.map(\.key) == ["b", "d"])
      #expect(top.commonPrefixes == ["a/", "c/"])
      let inner = try await store.list(bucket: bucket, prefix: "a/", startAfter: nil, delimiter: "/", limit: 1000)
      #expect(inner.objects.map(\.key) == ["a/1", "a/2"])
      #expect(inner.commonPrefixes == ["a/b/"])

      var elements: [String] = []
      var next: String?
      for _ in 0..<10 {
        let page = try await store.list(bucket: bucket, prefix: "", startAfter: next, delimiter: "/", limit: 1)
        elements += page.objects.map(\.key) + page.commonPrefixes
        next = page.next
        if next == nil { break }
      }
      #expect(elements == ["a/", "b", "c/", "d"])
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func delete_several(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      for number in 0..<5 { _ = try await store.put([1], as: "k\(number)", in: bucket) }
      try await store.delete(["k1", "k3", "absent"], in: bucket)
      try await store.delete("absent", in: bucket)
      try await store.delete([], in: bucket)
      let left = try await store.listAll(bucket: bucket, prefix: "").map(\.key)
      #expect(left == ["k0", "k2", "k4"])
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func open_reads(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      let bytes = pattern(700_001)
      _ = try await store.put(bytes, as: "v.mp4", in: bucket)
      let info = try await store.head("v.mp4", in: bucket)
      let found = try await readAll(store, "v.mp4", bucket, info)
      #expect(found == bytes)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func open_replaced(kind: StoreUnderTest) async throws {
    try await kind.run { store, bucket in
      _ = try await store.put(pattern(100_000), as: "v.mp4", in: bucket)
      let info = try await store.head("v.mp4", in: bucket)
      _ = try await store.put(pattern(100_001), as: "v.mp4", in: bucket)
      let replaced = await storeError { _ = try await readAll(store, "v.mp4", bucket, info) }
      #expect(replaced?.code == "SourceReplaced")
      #expect(replaced?.isRetryable == false)
      try await store.delete("v.mp4", in: bucket)
      #expect(await storeError { _ = try await readAll(store, "v.mp4", bucket, info) }?.code == "NoSuchKey")
    }
  }

  private func readAll(
    _ store: any ObjectStore, _ key: String, _ bucket: String, _ info: ObjectInfo
  ) async throws -> [UInt8] {
    let source = try store.open(key, in: bucket, info: info)
    #expect(source.size == info.size)
    return try await DedicatedThread.run(name: "reader") {
      defer { source.close() }
      return try source.bytes(0..<source.size, piece: 10_000)
    }
  }
}

@Suite("The S3 client against a real service")
struct S3ServiceTests {
  @Test("an upload in parts")
  func multipart() async throws {
    try await StoreUnderTest.s3.run { store, bucket in
      let client = try #require(store as? S3Client)
      let bytes = pattern((11 << 20) + 3)
      let path = FileManager.default.temporaryDirectory.path + "/upload-" + RequestID.make()
      try Data(bytes).write(to: URL(filePath: path))
      defer { try? FileManager.default.removeItem(atPath: path) }
      let etag = try await client.upload(
        source: FileByteSource(path: path), as: "big/v 1.mp4", in: bucket,
        options: PutOptions(contentType: "video/mp4"),
        partSize: 5 << 20)
      let (info, found) = try await client.get("big/v 1.mp4", in: bucket)
      #expect(found == bytes)
      #expect(info.etag == etag)
      #expect(info.contentType == "video/mp4")
    }
  }

  @Test("buckets are made, once or twice, and found")
  func buckets() async throws {
    try await StoreUnderTest.s3.run { store, bucket in
      let client = try #require(store as? S3Client)
      try await client.createBucket(bucket)
      try await client.headBucket(bucket)
      #expect(await storeError { try await client.headBucket(bucket + "-absent") }?.code == "NoSuchBucket")
      #expect(await storeError { _ = try await client.get("k", in: bucket + "-absent") }?.code == "NoSuchBucket")
    }
  }
}
