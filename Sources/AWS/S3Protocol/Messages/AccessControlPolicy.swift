/// The answer to `GET ?acl`: the owner may do everything, other users nothing.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html
package struct AccessControlPolicy: Sendable, Equatable {
  package var owner: Owner

  package init(owner: Owner) {
    self.owner = owner
  }

  package func encode() -> [UInt8] {
    XMLWriter.document(root: "AccessControlPolicy") { writer in
      owner.write(to: &writer)
      writer.element("AccessControlList") {
        $0.element("Grant") {
          $0.element("Grantee", attributes: Self.grantee) {
            $0.element("ID", owner.id)
            $0.element("DisplayName", owner.displayName)
          }
          $0.element("Permission", "FULL_CONTROL")
        }
      }
    }
  }

  private static let grantee: [(name: String, value: String)] = [
    ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"), ("xsi:type", "CanonicalUser"),
  ]
}
