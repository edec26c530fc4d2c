package import Core

/// Something that should have been installed is missing, or does not run.
package struct InstallationError: ClassifiedError {
  package let message: String
  init(_ message: String) { self.message = message }
  package var code: String { "NotInstalled" }
  package var isRetryable: Bool { false }
}
