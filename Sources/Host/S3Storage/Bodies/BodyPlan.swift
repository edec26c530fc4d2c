package import Checksums
import Encodings
import HTTPServer
package import HTTPTypes
package import S3Protocol
package import SigV4

/// Everything that the head of a request says its body must be.
package struct BodyPlan: Sendable {
  /// A checksum which the body must have.
  enum Checksum: Sendable, Equatable {
    case header(ChecksumAlgorithm, value: [UInt8])
    case trailer(ChecksumAlgorithm)

    var algorithm: ChecksumAlgorithm {
      switch self {
      case .header(let algorithm, _), .trailer(let algorithm): algorithm
      }
    }
  }

  /// Bytes of the content, without the framing of aws-chunked; a range only for forms, which do not announce it.
  let length: ClosedRange<Int64>
  /// The length follows from the policy of a form.
  let isForm: Bool
  let payload: PayloadHash
  let chunks: ChunkSigner?
  let contentMD5: [UInt8]?
  let checksum: Checksum?
  /// Announced in `x-amz-trailer`; nil where the form of the payload has no trailing headers.
  let trailerNames: Set<String>?
  /// The algorithm to compute where the client names one but sends no value, or the upload wants one.
  var algorithm: ChecksumAlgorithm?
  /// Whether the client sends or names a checksum; `algorithm` may be the default all the same.
  private(set) var namesChecksum = false

  /// - Parameter ignoresChecksums: where `x-amz-checksum-*` are about something else than the body.
  /// - Throws: `MissingContentLength`, `EntityTooLarge`, `InvalidDigest`, `InvalidRequest`.
  package init(
    _ fields: HTTPFields, payload: PayloadHash, chunks: ChunkSigner?, limit: Int64, ignoresChecksums: Bool = false
  ) throws(S3Error) {
    self.payload = payload
    self.chunks = chunks
    let lengthHeader = payload.isStreaming ? "x-amz-decoded-content-length" : "content-length"
    guard let text = fields.value(lengthHeader) else { throw S3Error(.missingContentLength) }
    guard let length = Int64(text), length >= 0 else {
      throw S3Error(.invalidArgument, message: "\(lengthHeader) must be a whole number of bytes, found '\(text)'.")
    }
    guard length <= limit else {
      var error = S3Error(.entityTooLarge)
      error.extra = ["ProposedSize": "\(length)", "MaxSizeAllowed": "\(limit)"]
      throw error
    }
    self.length = length...length
    isForm = false

    if let text = fields.value("content-md5") {
      guard let digest = Base64.decode(text), digest.count == 16 else { throw S3Error(.invalidDigest) }
      contentMD5 = digest
    } else {
      contentMD5 = nil
    }
    checksum = ignoresChecksums ? nil : try Self.checksum(fields, payload: payload)
    let trailers = (fields.value("x-amz-trailer") ?? "").split(separator: ",").map { $0.trimmingSpaces.lowercased() }
    trailerNames = payload == .streaming || !payload.isStreaming ? nil : Set(trailers)
    let named = fields.value("x-amz-sdk-checksum-algorithm") ?? fields.value("x-amz-checksum-algorithm")
    if let checksum {
      algorithm = checksum.algorithm
    } else if let named, !ignoresChecksums {
      algorithm = try Self.algorithm(named: named)
    }
    namesChecksum = algorithm != nil
  }

  /// The same with S3's default where the client names no checksum: every object has one.
  package func withDefaultChecksum() -> BodyPlan {
    var plan = self
    plan.algorithm = algorithm ?? .crc64nvme
    return plan
  }

  /// The file of a form, whose fields take the place of headers and whose policy limits its length.
  ///
  /// - Throws: `InvalidDigest`, `InvalidRequest`.
  package init(form fields: HTTPFields, length: ClosedRange<Int64>) throws(S3Error) {
    self.length = length
    isForm = true
    payload = .unsigned
    chunks = nil
    contentMD5 = nil
    trailerNames = nil
    checksum = try Self.checksum(fields, payload: .unsigned)
    algorithm = checksum?.algorithm
    namesChecksum = algorithm != nil
  }

  package static func algorithm(named name: String) throws(S3Error) -> ChecksumAlgorithm {
    if let algorithm = ChecksumAlgorithm(rawValue: name.uppercased()) { return algorithm }
    throw S3Error(
      .invalidRequest,
      message: "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
        + "[\(ChecksumAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))]")
  }

  private static let prefix = Array("x-amz-checksum-".utf8)

  private static func checksum(_ fields: HTTPFields, payload: PayloadHash) throws(S3Error) -> Checksum? {
    var found: [Checksum] = []
    // One pass: most requests have one such field at most.
    for field in fields where field.name.canonicalName.utf8.starts(with: Self.prefix) {
      let name = field.name.canonicalName
      guard let algorithm = ChecksumAlgorithm.allCases.first(where: { $0.headerName == name }) else { continue }
      let text = field.value
      guard let value = Base64.decode(text), value.count == algorithm.byteCount else {
        throw S3Error(.invalidRequest, message: "Value for \(algorithm.headerName) header is invalid.")
      }
      found.append(.header(algorithm, value: value))
    }
    if let trailer = fields.value("x-amz-trailer") {
      guard payload == .streamingTrailer || payload == .streamingUnsignedTrailer else {
        throw S3Error(.invalidRequest, message: "x-amz-trailer needs an x-amz-content-sha256 that announces trailers.")
      }
      let name = trailer.trimmingSpaces.lowercased()
      guard let algorithm = ChecksumAlgorithm.allCases.first(where: { $0.headerName == name }) else {
        throw S3Error(.invalidRequest, message: "The value specified in the x-amz-trailer header is not supported")
      }
      found.append(.trailer(algorithm))
    }
    guard found.count <= 1 else {
      throw S3Error(
        .invalidRequest, message: "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    }
    return found.first
  }
}
