import Checksums
import FoundationEssentials
import LoopbackServer
import ObjectStore
import Core
import S3Protocol
import Synchronization
import Testing

/// Just enough of a store to take uploads in parts.
private final class PartStore: Sendable {
  struct State {
    var parts: [Int: [UInt8]] = [:]
    var completed: [Int]?
    var conditions: String?
    var isAborted = false
    var failures: [Int: Int] = [:]
  }

  let state = Mutex(State())

  /// - Parameter failing: part numbers that are refused so many times first.
  init(failing: [Int: Int] = [:]) {
    state.withLock { $0.failures = failing }
  }

  func answer(_ request: ReceivedRequest) -> [LoopbackServer.Step] {
    state.withLock { state in
      switch (request.method, request.parameter("partNumber").flatMap { Int($0) }) {
      case ("POST", _) where request.query == "uploads":
        return [.respond(200, [], InitiateMultipartUploadResult(bucket: "b", key: "k", uploadID: "id/+ 1").encode())]
      case ("PUT", let number?):
        if let left = state.failures[number], left > 0 {
          state.failures[number] = left - 1
          return [.error(.internalError)]
        }
        state.parts[number] = request.body
        return [.respond(200, [("ETag", ETag(md5: Digest.md5(request.body)).quoted)])]
      case ("POST", _):
        let parts = (try? CompleteMultipartUpload.decode(request.body).parts.map(\.number)) ?? []
        state.completed = parts
        state.conditions = request.header("if-none-match")
        return [.respond(200, [], Self.result(ETag("whole-\(parts.count)")))]
      case ("DELETE", _):
        state.isAborted = true
        return [.respond(204)]
      default: return [.respond(400)]
      }
    }
  }

  static func result(_ etag: ETag) -> [UInt8] {
    CompleteMultipartUploadResult(location: "l", bucket: "b", key: "k", etag: etag).encode()
  }

  var content: [UInt8] {
    state.withLock { state in (state.completed ?? []).flatMap { state.parts[$0] ?? [] } }
  }
}

/// Bytes in memory as a source.
private final class ArraySource: ByteSource {
  private let bytes: [UInt8]
  let size: Int64

  init(_ bytes: [UInt8], announcing size: Int64? = nil) {
    self.bytes = bytes
    self.size = size ?? Int64(bytes.count)
  }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    // Short reads are allowed, so make them.
    let count = min(buffer.count, bytes.count - Int(offset), 100_000)
    guard count > 0 else { return 0 }
    buffer.copyBytes(from: bytes[Int(offset)..<(Int(offset) + count)])
    return count
  }

  func close() {}
}

@Suite("Uploads of any size")
struct S3UploadTests {
  private let part = 5 << 20

  @Test("parts go in parallel and end up in order; progress ascends to the end", arguments: [1, 3])
  func parts(concurrency: Int) async throws {
    let bytes = pattern(3 * part + 12_345)
    let store = PartStore(failing: [2: 2])
    let progress = Mutex<[Int64]>([])
    try await withClient {
      store.answer($0)
    } _: { client, server in
      var options = PutOptions(contentType: "video/mp4")
      options.ifNoneMatch = true
      let etag = try await client.upload(
        source: ArraySource(bytes), as: "k", in: "my-bucket", options: options, partSize: part, concurrency: concurrency
      ) { done in progress.withLock { $0.append(done) } }
      #expect(etag == ETag("whole-4"))
      #expect(store.content == bytes)
      #expect(server.requests.first?.header("content-type") == "video/mp4")
      #expect(server.requests.first?.header("if-none-match") == nil)
      for request in server.requests { _ = try request.verify() }
    }
    #expect(store.state.withLock { $0.conditions } == "*")
    let steps = progress.withLock { $0 }
    #expect(steps.count == 4)
    #expect(steps == steps.sorted())
    #expect(steps.last == Int64(bytes.count))
  }

  @Test("what fits into one part is put in one piece", arguments: [0, 1, 5 << 20])
  func single(size: Int) async throws {
    try await withClient { _ in
      [.respond(200, [("ETag", "\"e\"")])]
    } _: { client, server in
      let progress = Mutex<[Int64]>([])
      _ = try await client.upload(
        source: ArraySource(pattern(size)), as: "k", in: "my-bucket", options: PutOptions(), partSize: 1
      ) { done in progress.withLock { $0.append(done) } }
      #expect(server.requests.map(\.method) == ["PUT"])
      #expect(server.requests.first?.body == pattern(size))
      #expect(progress.withLock { $0 } == [Int64(size)])
    }
  }

  @Test("a part that cannot be sent takes the other parts away again")
  func abort() async throws {
    let store = PartStore(failing: [3: 100])
    try await withClient {
      store.answer($0)
    } _: { client, server in
      let error = await storeError {
        _ = try await client.upload(
          source: ArraySource(pattern(4 * part)), as: "k", in: "my-bucket", options: PutOptions(), partSize: part)
      }
      #expect(error?.code == "InternalError")
      #expect(store.state.withLock { $0.isAborted })
      #expect(store.state.withLock { $0.completed } == nil)
      #expect(server.requests.last?.parameter("uploadId") == "id/+ 1")
    }
  }

  @Test("so does cancelling")
  func cancel() async throws {
    let store = PartStore()
    let arrived = Gate()
    try await withClient { request in
      guard request.parameter("partNumber") == "1" else { return store.answer(request) }
      arrived.open()
      return [.stall]
    } _: { client, server in
      let task = Task { [part] in
        try await client.upload(
          source: ArraySource(pattern(2 * part)), as: "k", in: "my-bucket", options: PutOptions(), partSize: part)
      }
      await arrived.opened()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(store.state.withLock { $0.isAborted })
    }
  }

  @Test("a source that ends early uploads nothing")
  func shortSource() async throws {
    let store = PartStore()
    try await withClient {
      store.answer($0)
    } _: { client, server in
      let error = await storeError {
        _ = try await client.upload(
          source: ArraySource(pattern(part + 5), announcing: Int64(3 * part)), as: "k", in: "my-bucket",
          options: PutOptions(), partSize: part)
      }
      #expect(error?.code == "IncompleteBody")
      #expect(store.state.withLock { $0.isAborted })
    }
  }

  @Test("an error that comes with status 200 is an error, and tried again")
  func lateError() async throws {
    let store = PartStore()
    let completions = Mutex(0)
    try await withClient { request in
      guard request.method == "POST", request.parameter("uploadId") != nil else { return store.answer(request) }
      let number = completions.withLock { count in
        count += 1
        return count
      }
      return number == 1 ? [.respond(200, [], S3Error(.internalError).xml())] : store.answer(request)
    } _: { client, server in
      let etag = try await client.upload(
        source: ArraySource(pattern(part + 1)), as: "k", in: "my-bucket", options: PutOptions(), partSize: part)
      #expect(etag == ETag("whole-2"))
      #expect(completions.withLock { $0 } == 2)
    }
  }

  @Test("a completion whose answer got lost is found to have succeeded")
  func lostCompletion() async throws {
    let bytes = pattern(part + 1)
    let expected = ETag.multipart(partMD5s: [Digest.md5(Array(bytes[..<part])), Digest.md5(Array(bytes[part...]))])
    let store = PartStore()
    try await withClient { request in
      switch (request.method, request.parameter("uploadId")) {
      case ("HEAD", _):
        return [
          .send(
            LoopbackServer.Step.head(
              200, LoopbackServer.Step.objectHeaders(expected.quoted) + [("Content-Length", "\(bytes.count)")]))
        ]
      case ("POST", .some):
        let isFirst = store.state.withLock { state in
          defer { state.completed = [1, 2] }
          return state.completed == nil
        }
        return isFirst ? [.reset] : [.error(.noSuchUpload)]
      default: return store.answer(request)
      }
    } _: { client, server in
      let etag = try await client.upload(
        source: ArraySource(bytes), as: "k", in: "my-bucket", options: PutOptions(), partSize: part)
      #expect(etag == expected)
      #expect(!store.state.withLock { $0.isAborted })
    }
  }

  @Test("a store that copies no parts says that objects cannot be joined there, and keeps nothing of the try")
  func partsThatAreNotCopied() async throws {
    let piece = ObjectServer(pattern(part))
    let store = PartStore()
    try await withClient { request in
      if request.header("x-amz-copy-source") != nil { return [.error(.notImplemented)] }
      return request.method == "GET" ? piece.answer(request) : store.answer(request)
    } _: { client, server in
      let etag = try await client.concatenate(
        pattern(7), [piece.info, piece.info], as: "k", in: "my-bucket", options: PutOptions())
      #expect(etag == nil)
      #expect(store.state.withLock { $0.isAborted })
    }
  }

  @Test("an error in place of a copied part that comes with status 200 is tried again")
  func lateErrorOfACopy() async throws {
    let piece = ObjectServer(pattern(part))
    let store = PartStore()
    let copies = Mutex(0)
    try await withClient { request in
      guard request.header("x-amz-copy-source") != nil else {
        return request.method == "GET" ? piece.answer(request) : store.answer(request)
      }
      let number = copies.withLock { count in
        count += 1
        return count
      }
      let done = CopyPartResult(etag: piece.info.etag, lastModified: piece.info.lastModified)
      return [.respond(200, [], number == 1 ? S3Error(.internalError).xml() : done.encode())]
    } _: { client, server in
      let etag = try await client.concatenate(
        pattern(7), [piece.info, piece.info], as: "k", in: "my-bucket", options: PutOptions())
      #expect(etag == ETag("whole-2"))
      #expect(copies.withLock { $0 } == 2)
    }
  }
}
