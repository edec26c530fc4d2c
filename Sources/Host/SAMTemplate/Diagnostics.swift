/// Collects what is wrong and what is not used while a template is read. One thread, one template.
final class Diagnostics {
  private(set) var problems: [TemplateError.Problem] = []
  private(set) var notes: [TemplateNote] = []

  func problem(_ node: TemplateNode, _ message: String) {
    problem(path: node.path, line: node.line, message)
  }

  func problem(path: String, line: Int?, _ message: String) {
    let problem = TemplateError.Problem(path: path, line: line, message: message)
    // A value of the globals is looked at once per function.
    if !problems.contains(problem) { problems.append(problem) }
  }

  func note(_ node: TemplateNode, _ message: String) {
    let note = TemplateNote(path: node.path, line: node.line, message: message)
    if !notes.contains(note) { notes.append(note) }
  }

  /// - Throws: everything found, in the order of the template.
  func throwIfAny() throws(TemplateError) {
    guard !problems.isEmpty else { return }
    throw TemplateError(problems: problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) })
  }
}
