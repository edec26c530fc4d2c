import Core
import SAMTemplate

func load(
  _ text: String, parameters: [String: String] = [:], pseudo: PseudoParameters = .init()
) throws(TemplateError) -> Template {
  try Template.parse(Array(text.utf8), parameters: parameters, pseudo: pseudo)
}

/// What is wrong with a template, as `path: message`; empty where nothing is.
func problems(_ text: String, parameters: [String: String] = [:]) -> [String] {
  do {
    _ = try load(text, parameters: parameters)
    return []
  } catch {
    return error.problems.map { "\($0.path): \($0.message)" }
  }
}

/// A template of the given sections, resources being indented by two.
func template(_ sections: String = "", resources: String) -> String {
  """
  Transform: AWS::Serverless-2016-10-31
  \(sections)
  Resources:
  \(resources.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n"))
  """
}

/// A function `F` with further properties, and a queue `Q` and a bucket `B` for it to refer to.
func function(_ properties: String = "", sections: String = "", attributes: String = "") -> String {
  let indented = properties.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
  let further = attributes.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
  return template(
    sections,
    resources: """
      F:
        Type: AWS::Serverless::Function
      \(further.joined(separator: "\n"))
        Properties:
          CodeUri: build/F/
          Handler: F
          Runtime: provided.al2023
      \(indented.joined(separator: "\n"))
      Q:
        Type: AWS::SQS::Queue
      B:
        Type: AWS::S3::Bucket
      """)
}

/// The value that an expression has, seen through an environment variable.
func value(_ expression: String, sections: String = "", parameters: [String: String] = [:]) throws -> String? {
  let text = function("Environment:\n  Variables:\n    Value: \(expression)", sections: sections)
  return try load(text, parameters: parameters).functions.first?.environment["Value"]
}
