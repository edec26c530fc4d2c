import Yams

extension TemplateError.Problem {
  /// What the YAML parser did not understand, and where.
  init(yaml error: any Error) {
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let context = context.map { "\($0.text) " } ?? ""
      self.init(path: "", line: mark.line, message: "the template is not YAML: \(context)\(problem)")
    case .reader(let problem, _, _, _):
      self.init(path: "", line: nil, message: "the template is not YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let names = duplicates.map { "'\($0)'" }.joined(separator: ", ")
      self.init(path: "", line: context.mark.line, message: "the template has \(names) twice in one map")
    default:
      self.init(path: "", line: nil, message: "the template is not YAML: \(error)")
    }
  }
}
