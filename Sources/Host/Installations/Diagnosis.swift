import Core
import Terminals

/// What was found of one thing that a runtime needs.
package struct Diagnosis: Encodable {
  package enum Verdict: String, Encodable {
    case ok
    /// Something works less well, or not everywhere.
    case warning
    /// Something does not work.
    case problem
  }

  package var subject: String
  package var verdict: Verdict
  /// What was found, and what to do about it.
  package var finding: String

  static func ok(_ subject: String, _ finding: String) -> Diagnosis { .init(subject, .ok, finding) }
  static func warning(_ subject: String, _ finding: String) -> Diagnosis { .init(subject, .warning, finding) }
  static func problem(_ subject: String, _ finding: String) -> Diagnosis { .init(subject, .problem, finding) }

  private init(_ subject: String, _ verdict: Verdict, _ finding: String) {
    (self.subject, self.verdict, self.finding) = (subject, verdict, PlainText.line(finding))
  }

  /// 12 GiB free, say, is more than `ok`; less than `problem` is a problem, what lies between a warning.
  static func amount(
    _ subject: String, _ value: Double, warningBelow: Double, problemBelow: Double, _ finding: String, advice: String
  ) -> Diagnosis {
    if value < problemBelow { return .problem(subject, "\(finding); \(advice)") }
    return value < warningBelow ? .warning(subject, "\(finding); \(advice)") : .ok(subject, finding)
  }
}
