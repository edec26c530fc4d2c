import Encodings
package import S3Protocol
import Checksums

/// Takes the aws-chunked framing off a body that arrives in pieces of any size.
///
/// Payload is handed on before its chunk's signature could be checked, as a chunk may be too large to hold: nothing of
/// it may take effect before `finish()` returned. After an error every further call throws the same one.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html
package struct AWSChunkedDecoder {
  /// What a signature in the body is over.
  package enum SignedPart: Sendable, Equatable {
    /// SHA-256 of a chunk's bytes, in lower-case hexadecimal digits.
    case chunk(sha256: String)
    /// The trailing headers, sorted by name, as `name:value\n` each.
    case trailer(canonical: String)
  }

  package struct Limits: Sendable {
    /// Bytes of a chunk's header, and of one trailing header.
    package var line: Int
    /// Bytes of one chunk's payload.
    package var chunk: Int64
    /// Bytes of all trailing headers.
    package var trailer: Int

    package init(line: Int = 1024, chunk: Int64 = Multipart.maximumPartSize, trailer: Int = 8192) {
      self.line = line
      self.chunk = chunk
      self.trailer = trailer
    }
  }

  private enum State {
    case header
    case data(remaining: Int64)
    case endOfData
    case trailer
    case done
    case failed(S3Error)
  }

  private let decodedLength: Int64?
  private let trailerNames: Set<String>?
  private let limits: Limits
  private let verify: ((SignedPart, _ signature: String) -> Bool)?

  private var state = State.header
  private var line: [UInt8] = []
  private var received: Int64 = 0
  private var digest: DigestStream?
  private var chunkSignature = ""
  private var trailers: [(name: String, value: String)] = []
  private var trailerBytes = 0
  private var bytesAfterEnd = 0

  /// - Parameters:
  ///   - decodedLength: what `x-amz-decoded-content-length` announces, in bytes.
  ///   - trailerNames: the lower-case names that `x-amz-trailer` announces; `nil` for the form without a trailer.
  ///   - verify: tells whether a signature is the next one of the chain; called once for every chunk in order, then for
  ///     the trailer if there is one. `nil` for the unsigned form.
  package init(
    decodedLength: Int64?, trailerNames: Set<String>?, limits: Limits = Limits(),
    verify: ((SignedPart, _ signature: String) -> Bool)?
  ) {
    self.decodedLength = decodedLength
    self.trailerNames = trailerNames
    self.limits = limits
    self.verify = verify
  }

  /// Bytes of payload so far.
  package var decodedBytes: Int64 { received }

  /// The end of the body was reached.
  package var isComplete: Bool {
    if case .done = state { return true }
    return false
  }

  /// - Parameters:
  ///   - bytes: the next bytes of the body, of any number.
  ///   - payload: is given the payload among them, in order.
  /// - Throws: `InvalidRequest` for malformed framing, `SignatureDoesNotMatch`, `MalformedTrailerError`,
  ///   `IncompleteBody` for more payload than announced, `EntityTooLarge` for a chunk beyond the limit.
  package mutating func feed(
    _ bytes: UnsafeRawBufferPointer, payload: (UnsafeRawBufferPointer) -> Void
  ) throws(S3Error) {
    if case .failed(let error) = state { throw error }
    do {
      var rest = bytes[...]
      while !rest.isEmpty {
        if case .data(let remaining) = state {
          let piece = rest.prefix(Int(min(remaining, Int64(rest.count))))
          rest = rest.dropFirst(piece.count)
          take(UnsafeRawBufferPointer(rebasing: piece), remaining: remaining, payload)
        } else {
          try step(rest.removeFirst())
        }
      }
    } catch {
      state = .failed(error)
      throw error
    }
  }

  /// The same for bytes in an array.
  package mutating func feed(_ bytes: [UInt8]) throws(S3Error) -> [UInt8] {
    var decoded: [UInt8] = []
    var failure: S3Error?
    bytes.withUnsafeBytes { buffer in
      do throws(S3Error) {
        try feed(buffer) { decoded += $0 }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return decoded
  }

  /// To be called at the end of the body.
  ///
  /// - Returns: the trailing headers, names in lower case, without the trailer's signature.
  /// - Throws: `IncompleteBody` where the body ended early or had not as much payload as announced.
  package func finish() throws(S3Error) -> [(name: String, value: String)] {
    switch state {
    case .failed(let error): throw error
    case .done: break
    default: throw S3Error(.incompleteBody, message: "The aws-chunked body ended before its last chunk was complete.")
    }
    if let decodedLength, decodedLength != received { throw lengthMismatch(found: received) }
    return trailers
  }

  private mutating func take(
    _ piece: UnsafeRawBufferPointer, remaining: Int64, _ payload: (UnsafeRawBufferPointer) -> Void
  ) {
    digest?.update(piece)
    received += Int64(piece.count)
    payload(piece)
    let left = remaining - Int64(piece.count)
    state = left > 0 ? .data(remaining: left) : .endOfData
  }

  private mutating func step(_ byte: UInt8) throws(S3Error) {
    if case .done = state {
      // Some clients send one line end too many.
      bytesAfterEnd += 1
      guard bytesAfterEnd <= 4, byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") else {
        throw .malformedChunk("there are bytes after its end")
      }
      return
    }
    guard byte == UInt8(ascii: "\n") else {
      line.append(byte)
      guard line.count <= limits.line else {
        throw .malformedChunk("a line is longer than \(limits.line) bytes")
      }
      return
    }
    let endsWithReturn = line.last == UInt8(ascii: "\r")
    if endsWithReturn { line.removeLast() }
    let text = String(validating: line, as: UTF8.self)
    line.removeAll(keepingCapacity: true)
    guard let text else { throw .malformedChunk("a line is not UTF-8") }
    if case .trailer = state { return try trailerLine(text) }
    guard endsWithReturn else { throw .malformedChunk("a line does not end with CR LF") }
    if case .endOfData = state { return try endOfData(text) }
    try header(text)
  }

  /// `size[;chunk-signature=signature]`
  private mutating func header(_ text: String) throws(S3Error) {
    let parts = text.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
    guard (1...16).contains(parts[0].utf8.count), let first = parts[0].utf8.first, first != UInt8(ascii: "+"),
      let size = UInt64(parts[0], radix: 16)
    else { throw .malformedChunk("a chunk begins with '\(text.prefix(40))' instead of its size") }
    guard size <= UInt64(limits.chunk) else {
      throw S3Error(.entityTooLarge, message: "A chunk must have at most \(limits.chunk) bytes, found \(size).")
    }
    if verify != nil {
      guard parts.count == 2, parts[1].hasPrefix("chunk-signature=") else {
        throw .malformedChunk("a chunk has no chunk-signature")
      }
      chunkSignature = String(parts[1].dropFirst("chunk-signature=".count))
      digest = DigestStream(.sha256)
    } else {
      guard parts.count == 1 else {
        throw .malformedChunk("a chunk has the unexpected extension '\(parts[1].prefix(40))'")
      }
    }
    if let decodedLength, Int64(size) > decodedLength - received { throw lengthMismatch(found: received + Int64(size)) }
    if size > 0 {
      state = .data(remaining: Int64(size))
    } else {
      try checkChunk()
      state = trailerNames == nil ? .endOfData : .trailer
    }
  }

  /// The empty line behind a chunk's bytes; behind the empty chunk it is the end of the body.
  private mutating func endOfData(_ text: String) throws(S3Error) {
    guard text.isEmpty else { throw .malformedChunk("a chunk is longer than its size says") }
    if digest == nil && verify != nil {
      state = .done
      return
    }
    try checkChunk()
    state = .header
  }

  private mutating func checkChunk() throws(S3Error) {
    guard let verify, let digest else { return }
    self.digest = nil
    guard verify(.chunk(sha256: digest.finalize().hexString), chunkSignature) else {
      throw S3Error(.signatureDoesNotMatch)
    }
  }
}

extension AWSChunkedDecoder {
  private static var signatureName: String { "x-amz-trailer-signature" }

  /// `name:value`, or the empty line that ends the trailer.
  private mutating func trailerLine(_ text: String) throws(S3Error) {
    trailerBytes += text.utf8.count + 1
    guard trailerBytes <= limits.trailer else {
      throw S3Error(.malformedTrailer, message: "The trailing headers are longer than \(limits.trailer) bytes.")
    }
    if text.isEmpty {
      // Signed trailers end with their signature; AWS's own description has an empty line before it, which some clients
      // send.
      if verify == nil { try endTrailer() }
      return
    }
    guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else { throw S3Error(.malformedTrailer) }
    let name = text[..<colon].lowercased()
    let value = Self.trimmed(text[text.index(after: colon)...])
    if name == Self.signatureName, let verify {
      let canonical = trailers.sorted { $0.name < $1.name }.map { "\($0.name):\($0.value)\n" }.joined()
      guard verify(.trailer(canonical: canonical), value) else { throw S3Error(.signatureDoesNotMatch) }
      try endTrailer()
    } else {
      guard trailerNames?.contains(name) == true, !trailers.contains(where: { $0.name == name }) else {
        throw S3Error(
          .malformedTrailer, message: "The trailing header '\(name.prefix(100))' must be named once in x-amz-trailer.")
      }
      trailers.append((name, value))
    }
  }

  private mutating func endTrailer() throws(S3Error) {
    let missing = (trailerNames ?? []).subtracting(trailers.map(\.name))
    guard missing.isEmpty else {
      throw S3Error(
        .malformedTrailer, message: "The trailing headers lack \(missing.sorted().joined(separator: ", ")).")
    }
    state = .done
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return String(text)
  }

  private func lengthMismatch(found: Int64) -> S3Error {
    S3Error(
      .incompleteBody,
      message: """
        You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header: expected \
        \(decodedLength ?? 0), found \(found).
        """)
  }
}

extension S3Error {
  fileprivate static func malformedChunk(_ reason: String) -> S3Error {
    S3Error(.invalidRequest, message: "The aws-chunked body is malformed: \(reason).")
  }
}
