/// Where and when a signature holds: `20130524/us-east-1/s3/aws4_request`.
package struct CredentialScope: Sendable, Equatable, CustomStringConvertible {
  static let terminator = "aws4_request"

  /// `yyyyMMdd`, in UTC.
  package let day: String
  package let region: String
  package let service: String

  package var description: String { "\(day)/\(region)/\(service)/\(Self.terminator)" }

  /// The access key id and scope of a `Credential` value, `nil` where it is not of the form
  /// `KEY/yyyyMMdd/region/service/aws4_request`.
  static func parse(credential: String) -> (accessKeyID: String, scope: CredentialScope)? {
    let parts = credential.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(\.text)
    // Counted from the end, as other stores allow key ids that contain a slash.
    guard parts.count >= 5, parts.last == terminator else { return nil }
    let scope = CredentialScope(
      day: parts[parts.count - 4], region: parts[parts.count - 3], service: parts[parts.count - 2])
    let accessKeyID = parts.dropLast(4).joined(separator: "/")
    guard !accessKeyID.isEmpty, scope.day.utf8.count == 8, !scope.region.isEmpty, !scope.service.isEmpty else {
      return nil
    }
    return (accessKeyID, scope)
  }
}
