import Encodings
import Checksums

/// Task 1 of signing: the one spelling of a request that both sides hash.
///
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request
struct CanonicalRequest: Sendable {
  static let algorithm = "AWS4-HMAC-SHA256"

  /// `host;x-amz-date`: lower case, sorted.
  let signedHeaders: String
  let text: String

  /// - Parameters:
  ///   - signedHeaders: lower-case names, each present in `request`.
  ///   - payloadHash: last line of the text.
  init(_ request: SignableRequest, signedHeaders: some Collection<String>, payloadHash: String, service: String) {
    let names = signedHeaders.sorted()
    self.signedHeaders = names.joined(separator: ";")
    var text = "\(request.method)\n\(Self.path(request.path, service: service))\n"
    text += QueryString.canonical(request.query)
    text += "\n"
    for name in names {
      text += name
      var separator = ":"
      for header in request.headers where header.name.isHeader(name) {
        text += separator
        text += Self.collapsingSpaces(header.value)
        separator = ","
      }
      text += separator == ":" ? ":\n" : "\n"
    }
    text += "\n\(self.signedHeaders)\n\(payloadHash)"
    self.text = text
  }

  /// Task 2:
  /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-string-to-sign
  func stringToSign(at date: AmzDate, scope: CredentialScope) -> String {
    "\(Self.algorithm)\n\(date.text)\n\(scope)\n\(Digest.sha256([UInt8](text.utf8)).hexString)"
  }

  /// S3 keys are taken as they are and encoded once; every other service normalises the path and encodes it again.
  static func path(_ wirePath: String, service: String) -> String {
    if isS3(service) {
      // Decoded first, so that a client which leaves `!` or `(` bare on the wire signs the same text as others.
      let path = PercentEncoding.encode(PercentEncoding.decode(wirePath) ?? wirePath, keepSlash: true)
      return path.isEmpty ? "/" : path
    }
    return PercentEncoding.encode(normalised(wirePath), keepSlash: true)
  }

  static func isS3(_ service: String) -> Bool {
    service == "s3" || service == "s3express"
  }

  /// RFC 3986 §5.2.4 (dot segments), and repeated slashes made one.
  private static func normalised(_ path: String) -> String {
    var segments: [Substring] = []
    for segment in path.split(separator: "/") where segment != "." {
      if segment == ".." {
        _ = segments.popLast()
      } else {
        segments.append(segment)
      }
    }
    if segments.isEmpty { return "/" }
    return "/" + segments.joined(separator: "/") + (path.hasSuffix("/") ? "/" : "")
  }

  private static func collapsingSpaces(_ value: String) -> String {
    var collapsed: [UInt8] = []
    collapsed.reserveCapacity(value.utf8.count)
    var follows = false
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): follows = !collapsed.isEmpty
      default:
        if follows { collapsed.append(UInt8(ascii: " ")) }
        follows = false
        collapsed.append(byte)
      }
    }
    return collapsed.count == value.utf8.count ? value : String(decoding: collapsed, as: UTF8.self)
  }
}
