import FoundationEssentials
import HTTPTransport
package import Core
package import S3Protocol

extension S3Client {
  /// Uploads a source of any size: in one piece up to `partSize`, in parts above. Either the whole object is there in
  /// the end, or nothing of it.
  ///
  /// - Parameters:
  ///   - source: read by one thread of its own.
  ///   - key: of the object.
  ///   - bucket: must exist.
  ///   - options: type, metadata and conditions.
  ///   - partSize: bytes; raised to what S3 demands (5 MiB, and no more than 10,000 parts). Default 8 MiB.
  ///   - concurrency: parts under way at a time. As many more as are digested side by side (3) are in memory. Default 4.
  ///   - progress: called with the number of bytes that have arrived, ascending, at most once per part.
  /// - Returns: the object's tag.
  package func upload(
    source: any ByteSource, as key: String, in bucket: String, options: PutOptions, partSize: Int = 8 << 20,
    concurrency: Int = 4, progress: @escaping @Sendable (Int64) -> Void = { _ in }
  ) async throws -> ETag {
    let plan = PartPlan(size: source.size, wanted: partSize)
    guard plan.count > 1 else {
      let bytes = try await DedicatedThread.run(name: "upload") { try source.readAll(plan.range(0)) }
      let etag = try await put(bytes, as: key, in: bucket, options: options)
      progress(source.size)
      return etag
    }
    let upload = try await createUpload(key, in: bucket, options)
    do {
      let parts = try await send(
        plan, of: source, to: upload, concurrency: max(1, concurrency), progress: progress)
      return try await complete(upload, parts, options)
    } catch {
      await abort(upload)
      throw error
    }
  }

  package func put(
    source: any ByteSource, as key: String, in bucket: String, options: PutOptions
  ) async throws -> ETag {
    // Small parts, two at a time: results are written by functions with little memory.
    try await upload(
      source: source, as: key, in: bucket, options: options, partSize: Int(Multipart.minimumPartSize), concurrency: 2)
  }

  /// An upload in parts that the store keeps until it is completed or aborted.
  struct MultipartUpload: Sendable {
    let key: String
    let bucket: String
    let id: String
  }

  func createUpload(_ key: String, in bucket: String, _ options: PutOptions) async throws -> MultipartUpload {
    var operation = S3Operation("POST", bucket: bucket, key: key)
    operation.query = [("uploads", nil)]
    var unconditional = options
    unconditional.ifMatch = nil
    unconditional.ifNoneMatch = false
    try operation.apply(unconditional)
    let response = try await perform(operation)
    return try await ObjectStoreError.mapping(subject: operation.subject) {
      MultipartUpload(key: key, bucket: bucket, id: try InitiateMultipartUploadResult.decode(response.body).uploadID)
    }
  }

  private func send(
    _ plan: PartPlan, of source: any ByteSource, to upload: MultipartUpload, concurrency: Int,
    progress: @Sendable (Int64) -> Void
  ) async throws -> [SentPart] {
    try await withThrowingTaskGroup(of: SentPart.self) { group in
      var sent: [SentPart] = []
      var arrived: Int64 = 0
      for first in stride(from: 0, to: plan.count, by: ContentDigests.sideBySide) {
        let indices = first..<min(plan.count, first + ContentDigests.sideBySide)
        for part in try await Part.read(indices, of: plan, from: source, areSigned: signsBodies) {
          if part.number > concurrency, let part = try await group.next() {
            sent.append(part)
            arrived += part.size
            progress(arrived)
          }
          group.addTask { try await self.send(part, to: upload) }
        }
      }
      for try await part in group {
        sent.append(part)
        arrived += part.size
        progress(arrived)
      }
      return sent.sorted { $0.number < $1.number }
    }
  }

  private func send(_ part: Part, to upload: MultipartUpload) async throws -> SentPart {
    try await send(part.bytes, part.digests, number: part.number, to: upload)
  }

  func send(
    _ bytes: [UInt8], _ digests: ContentDigests, number: Int, to upload: MultipartUpload
  ) async throws -> SentPart {
    var operation = S3Operation("PUT", bucket: upload.bucket, key: upload.key)
    operation.query = [("partNumber", "\(number)"), ("uploadId", upload.id)]
    operation.setBody(bytes, digests)
    let etag = try await conditionally(operation, PutOptions()) { nil }
    return SentPart(number: number, size: Int64(bytes.count), etag: etag, md5: digests.md5)
  }

  func complete(
    _ upload: MultipartUpload, _ parts: [SentPart], _ options: PutOptions
  ) async throws -> ETag {
    var operation = S3Operation("POST", bucket: upload.bucket, key: upload.key)
    operation.query = [("uploadId", upload.id)]
    operation.applyConditions(options)
    operation.setBody(CompleteMultipartUpload(parts: parts.map { .init(number: $0.number, etag: $0.etag) }).encode())
    // Completing twice is an error, so it must be known whether it was tried before.
    operation.isConditional = true
    let expected = ETag.multipart(partMD5s: parts.map(\.md5))
    var mayHaveHappened = false
    return try await configuration.retry.run { [operation] _ in
      do {
        let response = try await attempt(operation)
        return try await ObjectStoreError.mapping(subject: operation.subject) {
          try Self.completedTag(response.body)
        }
      } catch let error as ObjectStoreError {
        let isRefused = error.httpStatus == 404 || error.code == S3ErrorCode.preconditionFailed.rawValue
        if isRefused, mayHaveHappened, try await head(upload.key, in: upload.bucket).etag == expected {
          return expected
        }
        mayHaveHappened = mayHaveHappened || error.mayHaveHappened
        throw error
      }
    }
  }

  /// An answer of status 200 may still be an error: the store begins it before it is done.
  private static func completedTag(_ body: [UInt8]) throws(S3Error) -> ETag {
    let root = try XMLNode.parse(body)
    // Some stores name the document otherwise (moto: CompleteMultipartUploadResponse).
    if root.name == "Error" { return try CompleteMultipartUploadResult.decode(body).etag }
    return try CompleteMultipartUploadResult(root).etag
  }

  /// Removes the parts, also where the task was cancelled. The failure that led here is the one to be told.
  func abort(_ upload: MultipartUpload) async {
    var operation = S3Operation("DELETE", bucket: upload.bucket, key: upload.key)
    operation.query = [("uploadId", upload.id)]
    _ = await Task { [operation] in try await perform(operation) }.result
  }
}

/// A part in memory with its digests.
private struct Part: Sendable {
  let number: Int
  let bytes: [UInt8]
  let digests: ContentDigests

  /// Reads and digests on a thread of its own: both block, or keep a core busy.
  static func read(
    _ indices: Range<Int>, of plan: PartPlan, from source: any ByteSource, areSigned: Bool
  ) async throws -> [Part] {
    try await DedicatedThread.run(name: "upload") {
      let bytes = try indices.map { try source.readAll(plan.range($0)) }
      return zip(indices, zip(bytes, ContentDigests.of(bytes, areSigned: areSigned))).map { index, part in
        Part(number: index + 1, bytes: part.0, digests: part.1)
      }
    }
  }
}

/// A part that the store has.
struct SentPart: Sendable {
  let number: Int
  let size: Int64
  let etag: ETag
  let md5: [UInt8]
}

/// How an object is divided into parts.
struct PartPlan: Sendable {
  let count: Int
  private let size: Int64
  private let partSize: Int64

  init(size: Int64, wanted: Int) {
    let least = (size + Int64(Multipart.maximumParts) - 1) / Int64(Multipart.maximumParts)
    self.size = size
    partSize = max(Int64(wanted), Multipart.minimumPartSize, least)
    count = max(1, Int((size + partSize - 1) / partSize))
  }

  func range(_ index: Int) -> Range<Int64> {
    let start = Int64(index) * partSize
    return start..<min(size, start + partSize)
  }
}

extension ByteSource {
  /// - Throws: `ObjectStoreError` (`IncompleteBody`) where the source ends early.
  fileprivate func readAll(_ range: Range<Int64>) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      while count < range.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count..<range.count])
        let read = try read(at: range.lowerBound + Int64(count), into: rest)
        guard read > 0 else {
          throw ObjectStoreError(
            code: S3ErrorCode.incompleteBody.rawValue,
            message: "the source must have \(size) bytes, found only \(range.lowerBound + Int64(count))",
            isRetryable: false)
        }
        count += read
      }
    }
  }
}
