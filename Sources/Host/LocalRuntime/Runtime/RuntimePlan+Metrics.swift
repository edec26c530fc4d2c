import HTTPGateway
import MetricsPages
import Passwords
import SAMTemplate

extension RuntimePlan {
  /// The pages of metrics that the functions on the public port describe; nil without one.
  ///
  /// - Parameters:
  ///   - functions: that are served, in the template's order. The first that describes pages counts.
  ///   - problems: gets what is wrong with them.
  static func metricsPages(
    _ template: Template, functions: [FunctionResource], hosting: LocalRuntimeConfiguration.Hosting?,
    problems: inout [String]
  ) -> MetricsPages.Configuration? {
    guard
      let (function, settings) = functions.lazy.compactMap({ function in
        function.settings.metrics.map { (function, $0) }
      }).first
    else { return nil }
    let variables = function.environment(hosting)
    let text = variables[settings.passwordHashVariable] ?? ""
    let hash = BcryptHash(text)
    if hash == nil, !text.isEmpty {
      problems.append(
        "\(settings.passwordHashVariable) must be a bcrypt hash of cost \(BcryptHash.costs.lowerBound) to "
          + "\(BcryptHash.costs.upperBound), as 'zoetrope credentials' prints; found '\(text.prefix(12))…'")
    }
    let shown = template.functions.filter { settings.functions.contains($0.logicalID) }
    for id in settings.functions where !shown.contains(where: { $0.logicalID == id }) {
      problems.append("\(function.logicalID): Metadata.Zoetrope.Metrics names no function of the template: '\(id)'")
    }
    let routes = shown.flatMap { function in
      function.routes.map { GatewayRoute.key(method: $0.method, path: $0.path) }
        + (function.url == nil ? [] : ["URL \(function.functionName)"])
    }
    let pages = settings.pages.map { page in
      (
        page.name,
        MetricsSelection(
          functions: Set(shown.map(\.functionName)), routes: Set(routes), prefix: page.prefix,
          otherPrefixes: settings.pages.filter { $0 != page }.map(\.prefix))
      )
    }
    return MetricsPages.Configuration(
      username: variables[settings.usernameVariable] ?? "", hash: hash,
      variables: [settings.usernameVariable, settings.passwordHashVariable],
      pages: Dictionary(pages) { first, _ in first })
  }
}
