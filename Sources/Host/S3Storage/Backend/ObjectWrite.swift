package import FoundationEssentials
package import S3Protocol

/// An object to be stored, its bytes apart.
package struct ObjectWrite: Sendable {
  package let address: ObjectAddress
  package let attributes: ObjectAttributes
  /// `If-Match` and `If-None-Match`, decided in the transaction that commits.
  package let conditions: Preconditions
  package let cause: ObjectChange.Cause

  package init(
    address: ObjectAddress, attributes: ObjectAttributes, conditions: Preconditions, cause: ObjectChange.Cause
  ) {
    self.address = address
    self.attributes = attributes
    self.conditions = conditions
    self.cause = cause
  }
}

/// An object to be removed.
package struct ObjectDeletion: Sendable {
  package let key: String
  package let conditions: Preconditions

  package init(key: String, conditions: Preconditions = Preconditions()) {
    self.key = key
    self.conditions = conditions
  }

  /// Only these bytes, where `etag` is given.
  package init(key: String, etag: ETag?) {
    var conditions = Preconditions()
    conditions.ifMatch = etag.map { .list([$0]) }
    self.init(key: key, conditions: conditions)
  }
}
