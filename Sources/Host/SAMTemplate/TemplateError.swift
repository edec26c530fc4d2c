import Core

/// Everything that keeps a template from being run here, at once.
package struct TemplateError: ClassifiedError, Equatable {
  package struct Problem: Sendable, Equatable, CustomStringConvertible {
    /// As in `Resources.UploadFunction.Properties.Timeout`; empty for the template as a whole.
    package let path: String
    /// From 1; `nil` where unknown.
    package let line: Int?
    package let message: String

    package var description: String {
      let place = line.map { "line \($0): " } ?? ""
      return place + (path.isEmpty ? message : "\(path) \(message)")
    }
  }

  /// In the order of the template; at least one.
  package let problems: [Problem]

  package var code: String { "InvalidTemplate" }
  package var message: String { problems.map(\.description).joined(separator: "\n") }
  package var isRetryable: Bool { false }
}

/// Something that the template says and that has no effect here, though it may on AWS.
package struct TemplateNote: Sendable, Equatable, CustomStringConvertible {
  /// As in `Resources.UploadFunction.Properties.Policies`.
  package let path: String
  package let line: Int?
  package let message: String

  package var description: String { (line.map { "line \($0): " } ?? "") + "\(path) \(message)" }
}
