/// The names that a bucket may have.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
package enum BucketName {
  private static let reservedPrefixes = ["xn--", "sthree-", "amzn-s3-demo-"]
  private static let reservedSuffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]

  /// - Throws: `InvalidBucketName`, saying which rule is broken.
  package static func validate(_ name: String) throws(S3Error) {
    if let problem = problem(of: name) {
      throw S3Error(.invalidBucketName, message: "A bucket name \(problem).", extra: ["BucketName": name])
    }
  }

  private static func problem(of name: String) -> String? {
    let bytes = Array(name.utf8)
    guard (3...63).contains(bytes.count) else { return "must have 3 to 63 characters" }
    guard bytes.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }) else {
      return "must consist of lower-case letters, digits, hyphens and dots"
    }
    guard isAlphanumeric(bytes[0]), isAlphanumeric(bytes[bytes.count - 1]) else {
      return "must begin and end with a letter or digit"
    }
    let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard !labels.contains(where: \.isEmpty) else { return "must not have two dots in a row" }
    guard labels.count != 4 || !labels.allSatisfy({ UInt8(Substring($0)) != nil }) else {
      return "must not be an IP address"
    }
    if let prefix = reservedPrefixes.first(where: { bytes.starts(with: $0.utf8) }) {
      return "must not begin with '\(prefix)'"
    }
    if let suffix = reservedSuffixes.first(where: { bytes.suffix($0.utf8.count).elementsEqual($0.utf8) }) {
      return "must not end with '\(suffix)'"
    }
    return nil
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: false
    }
  }
}
