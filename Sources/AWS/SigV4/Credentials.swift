/// An access key, with the session token that temporary credentials come with.
package struct Credentials: Sendable, Equatable {
  package var accessKeyID: String
  package var secretAccessKey: String
  package var sessionToken: String?

  package init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
  }
}

/// Neither printing, nor dumping, nor a failed assertion may put a secret into a log.
extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "Credentials(\(accessKeyID))" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID], displayStyle: .struct) }
}
