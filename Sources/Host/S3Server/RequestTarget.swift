import Encodings
package import S3Protocol
import SigV4

/// Which bucket and key a request's address names.
package struct RequestTarget: Sendable, Equatable {
  package let bucket: String?
  package let key: String?
  /// The bucket stands in the host.
  let isVirtual: Bool

  /// - Parameters:
  ///   - path: percent-encoded, without the query.
  ///   - host: the `Host` header.
  ///   - baseDomains: hosts whose subdomains are buckets (virtual-host style), in lower case; any other host means path
  ///     style.
  /// - Throws: `InvalidURI`, `InvalidBucketName`, `KeyTooLongError`.
  package init(path: String, host: String?, baseDomains: [String]) throws(S3Error) {
    guard path.hasPrefix("/") else { throw S3Error(.invalidURI) }
    var rest = path.dropFirst()
    if let bucket = Self.virtualBucket(host: host, baseDomains: baseDomains) {
      self.bucket = bucket
      isVirtual = true
    } else {
      let end = rest.firstIndex(of: "/") ?? rest.endIndex
      guard let bucket = PercentEncoding.decode(String(rest[..<end])) else { throw S3Error(.invalidURI) }
      self.bucket = bucket.isEmpty ? nil : bucket
      isVirtual = false
      rest = rest[end...].dropFirst()
      if bucket.isEmpty, !rest.isEmpty { throw S3Error(.invalidBucketName) }
    }
    guard let key = PercentEncoding.decode(String(rest)) else { throw S3Error(.invalidURI) }
    self.key = key.isEmpty ? nil : key
    if let bucket { try BucketName.validate(bucket) }
    if let key = self.key { try ObjectKey.validate(key) }
  }

  private static func virtualBucket(host: String?, baseDomains: [String]) -> String? {
    guard let host = host?.lowercased() else { return nil }
    // Without the port; an IPv6 address, in brackets, is cut to something that is no subdomain either.
    let name = host.utf8.prefix { $0 != UInt8(ascii: ":") }
    let matches = baseDomains.filter { base in
      name.count > base.utf8.count && name.suffix(base.utf8.count).elementsEqual(base.utf8)
        && name.dropLast(base.utf8.count).last == UInt8(ascii: ".")
    }
    guard let base = matches.max(by: { $0.utf8.count < $1.utf8.count }) else { return nil }
    return String(Substring(name.dropLast(base.utf8.count + 1)))
  }
}
