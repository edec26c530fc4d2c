package import FoundationEssentials

/// What a form upload is allowed to do, by the policy it carries.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
package struct PostPolicy: Sendable, Equatable {
  enum Condition: Sendable, Equatable {
    case equals(field: String, value: String)
    case startsWith(field: String, prefix: String)
    case contentLength(ClosedRange<Int64>)
  }

  /// When uploads end to be allowed.
  package let expiration: Date
  let conditions: [Condition]

  /// How many bytes the file may have; `nil` where the policy does not say.
  package var contentLengthRange: ClosedRange<Int64>? {
    let ranges = conditions.compactMap { if case .contentLength(let range) = $0 { range } else { nil } }
    guard let first = ranges.first else { return nil }
    return ranges.dropFirst().reduce(first) { $0.clamped(to: $1) }
  }

  /// Checks the fields of a form against the policy.
  ///
  /// - Parameters:
  ///   - fields: all fields before the file, names in lower case; with `key` as the object will be named.
  ///   - bucket: the bucket that the form was sent to; conditions may name it though the form has no such field.
  /// - Throws: `AccessDenied`, naming the condition that failed or the fields that no condition mentions.
  func check(fields: [String: String], bucket: String, at now: Date) throws(SigV4Error) {
    guard now < expiration else { throw .policyFailed("Policy expired.") }
    var values = fields
    values["bucket"] = bucket
    for condition in conditions {
      guard condition.holds(values) else { throw .policyFailed("Policy Condition failed: \(condition)") }
    }
    let mentioned = Set(conditions.compactMap(\.field))
      .union(["policy", "x-amz-signature", "file", "awsaccesskeyid", "signature"])
    let extra = fields.keys.filter { !mentioned.contains($0) && !$0.hasPrefix("x-ignore-") }
    guard extra.isEmpty else {
      throw .policyFailed("Extra input fields: \(extra.sorted().joined(separator: ", "))")
    }
  }
}

extension PostPolicy.Condition: CustomStringConvertible {
  var field: String? {
    switch self {
    case .equals(let field, _), .startsWith(let field, _): field
    case .contentLength: nil
    }
  }

  fileprivate func holds(_ values: [String: String]) -> Bool {
    switch self {
    case .equals(let field, let value): values[field].map { $0.utf8.elementsEqual(value.utf8) } ?? false
    // Of a list of content types each one must match.
    case .startsWith("content-type", let prefix):
      (values["content-type"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        .allSatisfy { $0.drop { $0 == " " }.hasPrefix(prefix) }
    case .startsWith(let field, let prefix): (values[field] ?? "").utf8.starts(with: prefix.utf8)
    // The length is known only when the file was read.
    case .contentLength: true
    }
  }

  var description: String {
    switch self {
    case .equals(let field, let value): "[\"eq\", \"$\(field)\", \"\(value)\"]"
    case .startsWith(let field, let prefix): "[\"starts-with\", \"$\(field)\", \"\(prefix)\"]"
    case .contentLength(let range): "[\"content-length-range\", \(range.lowerBound), \(range.upperBound)]"
    }
  }
}
