import Encodings
import S3Storage
import HTTPServer
import Checksums
import HTTPTypes
import S3Protocol

/// Decides whether the parts that a client names make an object, and which tag and checksum it gets. Pure.
struct PartAssembler: Sendable {
  private let upload: UploadRecord
  private let request: CompleteMultipartUpload
  private let minimumPartSize: Int64
  private let expectedSize: Int64?
  private let expectedChecksum: (algorithm: ChecksumAlgorithm, value: String)?

  /// - Throws: `InvalidRequest`, `InvalidArgument`.
  init(
    upload: UploadRecord, request: CompleteMultipartUpload, headers: HTTPFields, minimumPartSize: Int64
  ) throws(S3Error) {
    self.upload = upload
    self.request = request
    self.minimumPartSize = minimumPartSize
    if let text = headers.value("x-amz-mp-object-size") {
      guard let size = Int64(text), size >= 0 else {
        throw S3Error(.invalidArgument, message: "x-amz-mp-object-size must be a number of bytes, found '\(text)'")
      }
      expectedSize = size
    } else {
      expectedSize = nil
    }
    if let kind = headers.value("x-amz-checksum-type"), kind.uppercased() != upload.checksum?.kind.rawValue {
      throw S3Error(
        .invalidRequest,
        message: "The upload was created using the \(upload.checksum?.kind.rawValue ?? "no") checksum mode. The "
          + "complete request must use the same checksum mode.")
    }
    let given = ChecksumAlgorithm.allCases.compactMap { algorithm in
      headers.value(algorithm.headerName).map { (algorithm: algorithm, value: $0) }
    }
    guard given.count <= 1 else {
      throw S3Error(.invalidRequest, message: "Expecting a single x-amz-checksum- header.")
    }
    expectedChecksum = given.first
  }

  /// - Parameter stored: by number.
  /// - Throws: `InvalidPart`, `EntityTooSmall`, `InvalidRequest`, `BadDigest`.
  func assemble(_ stored: [PartRecord]) throws(S3Error) -> Assembly {
    let byNumber = Dictionary(uniqueKeysWithValues: stored.map { ($0.number, $0) })
    var parts: [PartRecord] = []
    for (index, wanted) in request.parts.enumerated() {
      guard let part = byNumber[wanted.number], part.etag == wanted.etag else {
        throw S3Error(
          .invalidPart,
          extra: ["UploadId": upload.id, "PartNumber": "\(wanted.number)", "ETag": wanted.etag.value])
      }
      try check(wanted, part)
      guard index == request.parts.count - 1 || part.size >= minimumPartSize else {
        throw S3Error(
          .entityTooSmall,
          extra: [
            "ProposedSize": "\(part.size)", "MinSizeAllowed": "\(minimumPartSize)", "PartNumber": "\(part.number)",
            "ETag": part.etag.value,
          ])
      }
      parts.append(part)
    }
    let size = parts.reduce(0) { $0 + $1.size }
    if let expectedSize, expectedSize != size {
      throw S3Error(
        .invalidRequest,
        message: "The provided 'x-amz-mp-object-size' header value \(expectedSize) does not match what was computed: "
          + "\(size)")
    }
    guard size <= Multipart.maximumObjectSize else { throw S3Error(.entityTooLarge) }
    guard let etag = ETag.multipart(of: parts.map(\.etag)) else { throw S3Error(.internalError) }
    return Assembly(parts: parts, etag: etag, checksum: try checksum(of: parts))
  }

  private func check(_ wanted: CompleteMultipartUpload.Part, _ part: PartRecord) throws(S3Error) {
    for (algorithm, value) in wanted.checksums.values {
      guard let checksum = part.checksum, checksum.algorithm == algorithm, checksum.value == value else {
        throw S3Error(.invalidPart, extra: ["UploadId": upload.id, "PartNumber": "\(part.number)"])
      }
    }
  }

  private func checksum(of parts: [PartRecord]) throws(S3Error) -> StoredChecksum? {
    guard let wanted = upload.checksum else { return nil }
    let pieces = parts.compactMap { part in
      part.checksum.flatMap { $0.algorithm == wanted.algorithm ? Base64.decode($0.value) : nil }.map {
        (value: $0, size: part.size)
      }
    }
    guard pieces.count == parts.count else { return nil }
    let result: StoredChecksum
    switch wanted.kind {
    case .composite:
      let stream = ChecksumStream(wanted.algorithm)
      for piece in pieces { stream.update(piece.value) }
      result = StoredChecksum(
        algorithm: wanted.algorithm, value: "\(stream.finalizeBase64())-\(pieces.count)", kind: .composite)
    case .fullObject:
      guard let combined = CRCCombination(wanted.algorithm)?.combine(pieces) else { return nil }
      result = StoredChecksum(algorithm: wanted.algorithm, value: Base64.encode(combined))
    }
    if let expected = expectedChecksum {
      // A composite value may be sent without the number of parts.
      let isSame = expected.value == result.value || "\(expected.value)-\(pieces.count)" == result.value
      guard expected.algorithm == wanted.algorithm, isSame else {
        throw S3Error(
          .badDigest,
          message: "The \(expected.algorithm.rawValue) you specified did not match the calculated checksum.")
      }
    }
    return result
  }
}
