package import FoundationEssentials
package import S3Protocol

/// Who changes an object, when and by which request; what notifications tell about it.
package struct ChangeCause: Sendable {
  package let event: ObjectEvent
  package let time: Date
  package let requestID: String
  /// The access key which signed the request.
  package let principal: String
  /// The client's IP address, empty where unknown.
  package let sourceAddress: String

  package init(event: ObjectEvent, time: Date, requestID: String, principal: String = "", sourceAddress: String = "") {
    self.event = event
    self.time = time
    self.requestID = requestID
    self.principal = principal
    self.sourceAddress = sourceAddress
  }
}

/// An object to be stored, its bytes apart.
package struct ObjectWrite: Sendable {
  package let address: ObjectAddress
  package let attributes: ObjectAttributes
  /// `If-Match` and `If-None-Match`, decided in the transaction that commits.
  package let conditions: Preconditions
  package let cause: ChangeCause

  package init(
    address: ObjectAddress, attributes: ObjectAttributes, conditions: Preconditions, cause: ChangeCause
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
