import FunctionPackages
package import FunctionHost
import Core
import SAMTemplate

/// One function of a template, for a host that runs nothing else.
package enum SingleFunction {
  /// - Parameters:
  ///   - name: The function's logical id, name or Handler.
  ///   - parameters: Values for the template's parameters; names that it does not have are ignored.
  ///   - codeFolder: Where the function's code is unpacked where it is an archive.
  /// - Throws: `TemplateError`, or `ConfigurationError` where there is no such function or no executable of it.
  package static func load(
    _ name: String, templatePath: String, parameters: [String: String], functionsFolder: String, codeFolder: String,
    concurrency: Int
  ) throws -> FunctionConfiguration {
    let known = try Template.load(path: templatePath).parameters.keys
    let template = try Template.load(path: templatePath, parameters: parameters.filter { known.contains($0.key) })
    guard
      let function = template.functions.first(where: { [$0.logicalID, $0.functionName, $0.handler].contains(name) })
    else {
      let names = template.functions.map { "'\($0.logicalID)'" }.joined(separator: ", ")
      throw ConfigurationError(problems: ["the function must be one of \(names), found '\(name)'"])
    }
    return try RuntimePlan.configuration(
      of: function, templatePath: templatePath, functionsFolder: functionsFolder,
      code: CodeStore(folder: codeFolder), concurrency: concurrency)
  }
}
