import Core
import SAMTemplate

extension RuntimePlan {
  /// The functions of the template that run here, and whether each is reached over HTTP: all of them, or those that were
  /// named together with those that their events may reach.
  ///
  /// - Throws: `ConfigurationError` if a named function is not in the template.
  static func chosen(
    _ template: Template, _ hosting: LocalRuntimeConfiguration.Hosting?,
    canRun: (FunctionResource) -> Bool
  ) throws(ConfigurationError) -> [(function: FunctionResource, isNamed: Bool)] {
    guard let hosting else { return template.functions.map { ($0, true) } }
    var named: [String] = []
    for name in hosting.functions {
      guard let function = template.functions.first(where: { $0.answers(to: name) }) else {
        let names = template.functions.map { "'\($0.logicalID)'" }.joined(separator: ", ")
        throw ConfigurationError(problems: ["the function must be one of \(names), found '\(name)'"])
      }
      named.append(function.logicalID)
    }
    let isReached: (FunctionResource) -> Bool = { function in
      named.contains(function.logicalID) || !function.rules.isEmpty || !function.s3Triggers.isEmpty
        || !function.schedules.isEmpty
    }
    // Destinations, and those of destinations.
    var destinations: Set<String> = []
    while true {
      let found = template.functions.filter { isReached($0) || destinations.contains($0.logicalID) }
        .flatMap { [$0.onSuccess, $0.onFailure] }
        .compactMap { destination in if case .function(let id)? = destination { id } else { nil } }
      if destinations.isSuperset(of: found) { break }
      destinations.formUnion(found)
    }
    return template.functions.compactMap { function in
      if named.contains(function.logicalID) { return (function, true) }
      // A container may hold only some of the executables.
      return (isReached(function) || destinations.contains(function.logicalID)) && canRun(function)
        ? (function, false) : nil
    }
  }
}

extension FunctionResource {
  /// - Parameter name: a logical id, a function's name, or a handler.
  package func answers(to name: String) -> Bool { [logicalID, functionName, handler].contains(name) }

  /// The template's variables, those of the host first.
  func environment(_ hosting: LocalRuntimeConfiguration.Hosting?) -> [String: String] {
    guard let hosting else { return environment }
    return environment.merging(hosting.variables.filter { environment[$0.key] != nil }) { _, new in new }
  }

  /// Invocations at the same time, by the host's variable first; nil: no limit of its own.
  func reservedConcurrency(_ hosting: LocalRuntimeConfiguration.Hosting?, problems: inout [String]) -> Int? {
    guard let name = settings.reservedConcurrencyVariable, let text = hosting?.variables[name], !text.isEmpty else {
      return reservedConcurrency
    }
    if let number = Int(text), (0...1000).contains(number) { return number }
    problems.append("\(name) must be a whole number from 0 to 1000, found '\(text.prefix(80))'")
    return reservedConcurrency
  }
}
