import Encodings
import HTTPTransport
import S3Protocol

extension ObjectInfo {
  /// Reads the headers of an answer to `HEAD` or `GET`, of the whole object or a part.
  ///
  /// - Throws: `ObjectStoreError` (`InvalidResponse`) where length or ETag are missing.
  init(key: String, headers: HTTPHeaders, subject: String) throws(ObjectStoreError) {
    let part = headers["content-range"].flatMap(ByteRange.parseContentRange)
    guard let size = part?.size ?? headers["content-length"].flatMap({ Int64($0) }), size >= 0 else {
      throw .invalidResponse("no Content-Length", subject: subject)
    }
    guard let etag = headers["etag"], !etag.isEmpty else { throw .invalidResponse("no ETag", subject: subject) }
    guard let date = headers["last-modified"].flatMap(HTTPDate.parse) else {
      throw .invalidResponse("no Last-Modified", subject: subject)
    }
    self.init(
      key: key, size: size, etag: ETag(etag), lastModified: date, contentType: headers["content-type"],
      metadata: Self.metadata(headers))
  }

  /// Unlike a server, takes whatever metadata there is.
  private static func metadata(_ headers: HTTPHeaders) -> [String: String] {
    var metadata: [String: String] = [:]
    for (name, value) in headers.pairs {
      let name = name.lowercased()
      guard name.hasPrefix(UserMetadata.headerPrefix) else { continue }
      metadata[String(name.dropFirst(UserMetadata.headerPrefix.count))] = UserMetadata.decoded(value)
    }
    return metadata
  }
}

extension HTTPResponse {
  /// The bytes of the range that was asked for, as much of it as the object has.
  ///
  /// - Throws: `ObjectStoreError` where the answer is another part.
  func part(_ range: ClosedRange<Int64>, of info: ObjectInfo, subject: String) throws(ObjectStoreError) -> [UInt8] {
    let wanted = min(range.upperBound, info.size - 1)
    guard wanted >= range.lowerBound else { throw ObjectStoreError(.invalidRange, subject: subject) }
    // A server may answer with everything (RFC 9110 §14.2); small enough to have come, it is as good.
    if status == 200, body.count == info.size { return Array(body[Int(range.lowerBound)...Int(wanted)]) }
    guard let got = headers["content-range"].flatMap(ByteRange.parseContentRange)?.range,
      got == range.lowerBound...wanted, body.count == got.count
    else {
      throw .invalidResponse(
        "bytes \(range.lowerBound)-\(wanted) were asked for, '\(headers["content-range"] ?? "")' came", subject: subject
      )
    }
    return body
  }
}

extension ObjectStoreError {
  /// An answer that does not hold what S3 promises. Worth another try: a proxy may have answered.
  static func invalidResponse(_ words: String, subject: String) -> ObjectStoreError {
    ObjectStoreError(
      code: "InvalidResponse", message: "\(subject): the store's answer is not one of S3's: \(words)",
      isRetryable: true)
  }
}
