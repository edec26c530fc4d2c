/// `Metadata.Zoetrope.Metrics`: pages of metrics on the functions' port, for callers with a user name and a password.
package struct MetricsSettings: Sendable, Equatable {
  /// Name of the function's variable that holds the user name.
  package var usernameVariable: String
  /// Name of the function's variable that holds the password's bcrypt hash.
  package var passwordHashVariable: String
  /// Logical ids of the functions whose metrics are shown.
  package var functions: [String]
  package var pages: [Page]

  /// `/metrics/NAME`.
  package struct Page: Sendable, Equatable {
    package var name: String
    /// What the names of its metrics begin with. Empty: whatever has no other page.
    package var prefix: String
  }
}
