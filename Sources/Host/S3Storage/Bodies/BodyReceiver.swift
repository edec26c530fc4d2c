import Encodings
import Checksums
import S3Protocol
import SigV4

/// Takes a body as it comes over the wire, passes its content on and checks it against its plan.
///
/// Synchronous and CPU-heavy (digests): for a thread pool. Not Sendable; several threads may use it
/// one after the other.
final class BodyReceiver {
  private let plan: BodyPlan
  private var chunks: AWSChunkedDecoder?
  /// To be fed by its owner with what `feed` passes on, which can feed those of several bodies together.
  let md5 = MD5Stream()
  private let sha256: DigestStream?
  private let checksum: ChecksumStream?
  private var size: Int64 = 0

  init(_ plan: BodyPlan) {
    self.plan = plan
    if plan.payload.isStreaming {
      chunks = AWSChunkedDecoder(
        decodedLength: plan.length.upperBound, trailerNames: plan.trailerNames,
        verify: plan.chunks.map(Self.verification))
    }
    if case .sha256 = plan.payload { sha256 = DigestStream(.sha256) } else { sha256 = nil }
    checksum = plan.algorithm.map(ChecksumStream.init)
  }

  /// - Parameter digest: is given the content among the bytes, in order; it lies where they lie.
  func feed(
    _ wire: UnsafeRawBufferPointer, to sink: any BodySink, digest: (UnsafeRawBufferPointer) -> Void
  ) throws {
    guard chunks != nil else {
      try take(wire, to: sink)
      return digest(wire)
    }
    var failure: (any Error)?
    try chunks?.feed(wire) { bytes in
      guard failure == nil else { return }
      do {
        try take(bytes, to: sink)
        digest(bytes)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// The chain of signatures is advanced with every chunk.
  private static func verification(_ signer: ChunkSigner) -> (AWSChunkedDecoder.SignedPart, String) -> Bool {
    var signer = signer
    return { part, signature in
      let expected =
        switch part {
        case .chunk(let hash): signer.signature(ofChunkWithSHA256: hash)
        case .trailer(let canonical): signer.signature(ofTrailer: canonical)
        }
      return ConstantTime.equal(Array(expected.utf8), Array(signature.utf8))
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer, to sink: any BodySink) throws {
    size += Int64(bytes.count)
    guard size <= plan.length.upperBound else {
      if plan.isForm {
        throw S3Error(.entityTooLarge, extra: ["MaxSizeAllowed": "\(plan.length.upperBound)"])
      }
      throw S3Error(
        .incompleteBody, message: "The body is longer than the \(plan.length.upperBound) bytes announced.")
    }
    sha256?.update(bytes)
    checksum?.update(bytes)
    try sink.write(bytes)
  }

  /// To be called once, when the wire has ended and `md5` has been fed.
  ///
  /// - Throws: `IncompleteBody`, `BadDigest`, `XAmzContentSHA256Mismatch`, what belongs to chunks and trailers.
  func finish() throws -> BodyDigests {
    let trailers = try chunks?.finish() ?? []
    guard size >= plan.length.lowerBound else {
      if plan.isForm {
        throw S3Error(
          .entityTooSmall, extra: ["ProposedSize": "\(size)", "MinSizeAllowed": "\(plan.length.lowerBound)"])
      }
      throw S3Error(
        .incompleteBody,
        message: "The body ended after \(size) of the \(plan.length.lowerBound) bytes that were announced.")
    }
    let digest = md5.finalize()
    if let expected = plan.contentMD5, expected != digest { throw S3Error(.badDigest) }
    if case .sha256(let expected) = plan.payload, let found = sha256?.finalize().hexString, found != expected {
      var error = S3Error(.contentSHA256Mismatch)
      error.extra = ["ClientComputedContentSHA256": expected, "S3ComputedContentSHA256": found]
      throw error
    }
    return BodyDigests(size: size, md5: digest, checksum: try verifiedChecksum(trailers))
  }

  private func verifiedChecksum(_ trailers: [(name: String, value: String)]) throws -> StoredChecksum? {
    guard let checksum else { return nil }
    let algorithm = checksum.algorithm
    let found = checksum.finalize()
    let expected: [UInt8]? =
      switch plan.checksum {
      case .header(_, let value): value
      case .trailer:
        try trailers.first { $0.name == algorithm.headerName }.map { trailer in
          guard let value = Base64.decode(trailer.value), value.count == algorithm.byteCount else {
            throw S3Error(.invalidRequest, message: "Value for \(algorithm.headerName) trailing header is invalid.")
          }
          return value
        }
      case nil: nil
      }
    if case .trailer = plan.checksum, expected == nil { throw S3Error(.malformedTrailer) }
    guard expected == nil || expected == found else {
      throw S3Error(
        .badDigest, message: "The \(algorithm.rawValue) you specified did not match the calculated checksum.")
    }
    return StoredChecksum(algorithm: algorithm, value: Base64.encode(found))
  }
}
