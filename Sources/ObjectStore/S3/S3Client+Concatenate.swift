import Encodings
import HTTPTransport
package import Core
package import S3Protocol

extension S3Client {
  /// By an upload in parts whose parts the store copies. S3 takes no part below 5 MiB but the last, so shorter pieces make this
  /// impossible.
  package func concatenate(
    _ head: [UInt8], _ pieces: [ObjectInfo], as key: String, in bucket: String, options: PutOptions
  ) async throws -> ETag? {
    guard let plan = Concatenation(head: Int64(head.count), pieces: pieces.map(\.size)), let first = pieces.first else {
      return nil
    }
    let upload = try await createUpload(key, in: bucket, options)
    do {
      let beginning = try await get(first.key, in: bucket, range: 0...(plan.sent - 1), ifMatch: first.etag).bytes
      let bytes = head + beginning
      let digests = try await ContentDigests.of(bytes, areSigned: signsBodies)
      let sent = try await send(bytes, digests, number: 1, to: upload)
      let parts = try await copy(plan, of: pieces, to: upload)
      return try await complete(upload, [sent] + parts, options)
    } catch {
      await abort(upload)
      if let refusal = error as? ObjectStoreError, let status = refusal.httpStatus, Self.refusals.contains(status) {
        return nil
      }
      throw error
    }
  }

  /// What stores answer that copy no parts, or not for these credentials. Reading the pieces and writing them may work there.
  private static var refusals: Set<Int> { [400, 403, 405, 501] }

  private func copy(
    _ plan: Concatenation, of pieces: [ObjectInfo], to upload: MultipartUpload
  ) async throws -> [SentPart] {
    try await withThrowingTaskGroup(of: SentPart.self) { group in
      var made: [SentPart] = []
      for (index, part) in plan.copied.enumerated() {
        if index >= Self.copiesAtATime, let part = try await group.next() { made.append(part) }
        group.addTask { try await self.copy(part.range, of: pieces[part.piece], number: index + 2, to: upload) }
      }
      for try await part in group { made.append(part) }
      return made.sorted { $0.number < $1.number }
    }
  }

  private static var copiesAtATime: Int { 4 }

  private func copy(
    _ range: Range<Int64>, of piece: ObjectInfo, number: Int, to upload: MultipartUpload
  ) async throws -> SentPart {
    var operation = S3Operation("PUT", bucket: upload.bucket, key: upload.key)
    operation.query = [("partNumber", "\(number)"), ("uploadId", upload.id)]
    let key = configuration.keyPrefix.stored(piece.key, in: upload.bucket)
    operation.headers = [
      ("x-amz-copy-source", "/\(upload.bucket)/\(PercentEncoding.encode(key, keepSlash: true))"),
      ("x-amz-copy-source-if-match", piece.etag.quoted),
    ]
    if range != 0..<piece.size {
      operation.headers.append(("x-amz-copy-source-range", ByteRange.header(range.lowerBound...(range.upperBound - 1))))
    }
    // An error may also come in the body of a 200.
    let etag = try await configuration.retry.run { [operation] _ in
      let response = try await attempt(operation)
      return try await ObjectStoreError.mapping(subject: operation.subject) {
        try CopyPartResult.decode(response.body).etag
      }
    }
    return SentPart(
      number: number, size: range.upperBound - range.lowerBound, etag: etag, md5: Hex.decode(etag.value) ?? [])
  }
}

/// How bytes and objects become the parts of one upload. Pure.
struct Concatenation: Sendable, Equatable {
  struct Copied: Sendable, Equatable {
    let piece: Int
    let range: Range<Int64>
  }

  /// Bytes of the first piece that are sent behind the head, as the first part.
  let sent: Int64
  /// The other parts.
  let copied: [Copied]

  /// - Returns: nil if a part would be shorter or longer than S3 allows, or there would be only one.
  init?(head: Int64, pieces: [Int64], least: Int64 = Multipart.minimumPartSize, most: Int64 = 5 << 30) {
    guard pieces.count > 1, pieces.count < Multipart.maximumParts, pieces.allSatisfy({ $0 <= most }) else { return nil }
    guard head >= 0, pieces.dropLast().allSatisfy({ $0 >= least }), pieces[pieces.count - 1] > 0 else { return nil }
    // What is left of the first piece must be long enough to be a part.
    sent = pieces[0] - least >= least ? least : pieces[0]
    var copied = sent < pieces[0] ? [Copied(piece: 0, range: sent..<pieces[0])] : []
    copied += pieces.indices.dropFirst().map { Copied(piece: $0, range: 0..<pieces[$0]) }
    self.copied = copied
  }
}
