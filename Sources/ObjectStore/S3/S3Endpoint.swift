import Encodings
import Core
import S3Protocol
import SigV4

/// Where requests go: turns bucket and key into an address, byte-exact.
struct S3Endpoint: Sendable {
  /// A request's address in the two forms that are needed: for the wire and for the signature.
  struct Address {
    /// `scheme://host/path`, without query.
    let url: String
    /// For the `Host` header: the default port left out, as HTTP stacks do.
    let host: String
    /// Percent-encoded.
    let path: String
  }

  private let scheme: String
  private let host: String
  private let basePath: String
  private let isAWS: Bool
  private let addressing: S3Configuration.Addressing
  private let keyPrefix: KeyPrefix?
  /// A body cannot be changed on its way there: TLS, or it does not leave this machine.
  let isProtected: Bool

  /// - Throws: `ConfigurationError` where `text` is not `http[s]://host[:port][/path]`.
  init(
    _ text: String, addressing: S3Configuration.Addressing, keyPrefix: KeyPrefix? = nil
  ) throws(ConfigurationError) {
    let parts = Self.split(text)
    guard let parts else {
      throw ConfigurationError(
        problems: ["an S3 endpoint must be of the form http[s]://host[:port][/path], found '\(text)'"])
    }
    (scheme, host, basePath) = parts
    let name = host.prefix { $0 != ":" }
    isAWS = name.hasSuffix(".amazonaws.com") || name.hasSuffix(".amazonaws.com.cn")
    isProtected = scheme == "https" || NetworkHost(authority: host)?.isLoopback == true
    self.addressing = addressing
    self.keyPrefix = keyPrefix
  }

  /// - Throws: `InvalidBucketName` where no address can be made of the name.
  func address(bucket: String, key: String? = nil) throws(S3Error) -> Address {
    // A path segment of dots would be another address for whatever resolves it on the way.
    guard !bucket.isEmpty, bucket != ".", bucket != "..", !bucket.utf8.contains(UInt8(ascii: "/")) else {
      throw S3Error(.invalidBucketName, message: "'\(bucket)' cannot be a bucket's name.")
    }
    let keyPath =
      key.map { "/" + PercentEncoding.encode(keyPrefix.stored($0, in: bucket), keepSlash: true) } ?? ""
    if isVirtualHost(bucket) {
      try BucketName.validate(bucket)
      let path = basePath + (keyPath.isEmpty ? "/" : keyPath)
      return Address(url: "\(scheme)://\(bucket).\(host)\(path)", host: "\(bucket).\(host)", path: path)
    }
    let path = "\(basePath)/\(PercentEncoding.encode(bucket))\(keyPath)"
    return Address(url: "\(scheme)://\(host)\(path)", host: host, path: path)
  }

  private func isVirtualHost(_ bucket: String) -> Bool {
    switch addressing {
    case .path: false
    case .virtualHost: true
    case .automatic: isAWS && !bucket.utf8.contains(UInt8(ascii: "."))
    }
  }

  private static func split(_ text: String) -> (scheme: String, host: String, basePath: String)? {
    guard let colon = text.firstRange(of: "://") else { return nil }
    let scheme = text[..<colon.lowerBound].lowercased()
    let rest = text[colon.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    var path = rest[authority.endIndex...]
    while path.last == "/" { path.removeLast() }
    let defaultPort: String
    switch scheme {
    case "http": defaultPort = ":80"
    case "https": defaultPort = ":443"
    default: return nil
    }
    let host = authority.hasSuffix(defaultPort) ? authority.dropLast(defaultPort.count) : authority
    let isClean =
      text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !authority.contains("@") && !text.contains("?")
      && !text.contains("#")
    guard isClean, !host.isEmpty, host.first != ":" else { return nil }
    return (scheme, host.lowercased(), String(path))
  }
}

extension S3Configuration {
  /// The endpoint in use, AWS's own where none is configured.
  var resolvedEndpoint: String { endpoint ?? "https://s3.\(region).amazonaws.com" }
}
