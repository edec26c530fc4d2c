import FoundationEssentials

/// Everything that is wrong with a process's environment, at once.
package struct ConfigurationError: ClassifiedError {
  package let problems: [String]

  package init(problems: [String]) {
    self.problems = problems
  }

  package var code: String { "InvalidConfiguration" }
  package var message: String { problems.joined(separator: "; ") }
  package var isRetryable: Bool { false }
}

/// Reads typed settings from environment variables and collects every problem, so that a person mends all of them in
/// one go. An empty variable counts as absent, as templates cannot leave one out.
///
/// Environment reads happen in composition roots only; below them settings travel as plain values.
package struct EnvironmentReader {
  private let variables: [String: String]
  private var problems: [String] = []

  package init(_ variables: [String: String]) {
    self.variables = variables
  }

  package func optional(_ name: String) -> String? {
    variables[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  package mutating func string(_ name: String, default defaultValue: String? = nil) -> String {
    if let value = optional(name) ?? defaultValue { return value }
    let problem = "\(name) must be set, found nothing"
    // Several parts may need the same variable; once is enough to say.
    if !problems.contains(problem) { problems.append(problem) }
    return ""
  }

  package mutating func int(_ name: String, default defaultValue: Int, in range: ClosedRange<Int>) -> Int {
    guard let text = optional(name) else { return defaultValue }
    if let value = Int(text), range.contains(value) { return value }
    problems.append("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound), found '\(text)'")
    return defaultValue
  }

  /// A limit that 0, or nothing, leaves out: templates cannot leave a number out.
  package mutating func limit(_ name: String, in range: ClosedRange<Int>) -> Int? {
    guard let text = optional(name), text != "0" else { return nil }
    if let value = Int(text), range.contains(value) { return value }
    problems.append(
      "\(name) must be 0 (no limit) or a whole number from \(range.lowerBound) to \(range.upperBound), found '\(text)'")
    return nil
  }

  /// A limit that 0 leaves out, and that holds by default.
  package mutating func limit(_ name: String, default defaultValue: Int, in range: ClosedRange<Int>) -> Int? {
    optional(name) == nil ? defaultValue : limit(name, in: range)
  }

  package mutating func double(_ name: String, default defaultValue: Double, in range: ClosedRange<Double>) -> Double {
    guard let text = optional(name) else { return defaultValue }
    if let value = Double(text), range.contains(value) { return value }
    problems.append("\(name) must be a number from \(range.lowerBound) to \(range.upperBound), found '\(text)'")
    return defaultValue
  }

  package mutating func bool(_ name: String, default defaultValue: Bool) -> Bool {
    guard let text = optional(name) else { return defaultValue }
    switch text.lowercased() {
    case "true", "1", "yes": return true
    case "false", "0", "no": return false
    default:
      problems.append("\(name) must be 'true' or 'false', found '\(text)'")
      return defaultValue
    }
  }

  package mutating func oneOf<Choice: RawRepresentable & CaseIterable>(
    _ name: String, default defaultValue: Choice
  ) -> Choice where Choice.RawValue == String {
    guard let text = optional(name) else { return defaultValue }
    if let value = Choice(rawValue: text) { return value }
    let choices = Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    problems.append("\(name) must be one of \(choices), found '\(text)'")
    return defaultValue
  }

  /// Adds a problem that only the caller can see (two settings that contradict each other, say).
  package mutating func reject(_ problem: String) {
    problems.append(problem)
  }

  /// - Throws: `ConfigurationError` naming every problem met so far.
  package func validate() throws(ConfigurationError) {
    if !problems.isEmpty { throw ConfigurationError(problems: problems) }
  }
}
