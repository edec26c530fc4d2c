import Core

/// The source was replaced or deleted while a job for its former content was under way. Not a failure: the newer upload
/// has a job of its own, so this one stops quietly.
package struct Superseded: ClassifiedError {
  package let key: String

  package init(key: String) {
    self.key = key
  }

  package var code: String { "Superseded" }
  package var message: String { "'\(key)' was replaced or deleted since this job began" }
  package var isRetryable: Bool { false }
}
