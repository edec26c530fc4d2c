/// Whether a bucket keeps old versions.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
package struct VersioningConfiguration: XMLMessage, Equatable {
  package enum Status: String, Sendable {
    case enabled = "Enabled"
    case suspended = "Suspended"
  }

  package static var rootName: String { "VersioningConfiguration" }

  /// `nil` where it never was switched on.
  package var status: Status?

  package init(status: Status? = nil) {
    self.status = status
  }

  package init(_ root: XMLNode) throws(S3Error) {
    guard let text = root.nonEmptyText(of: "Status") else {
      status = nil
      return
    }
    guard let status = Status(rawValue: text) else {
      throw root.wrong("Status", expected: "Enabled or Suspended", found: text)
    }
    self.status = status
  }

  package func write(to writer: inout XMLWriter) {
    writer.element("Status", status?.rawValue)
  }
}
