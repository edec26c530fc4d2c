/// Which series of a Prometheus text a page shows: pure.
package struct MetricsSelection: Sendable, Equatable {
  /// Values of the labels `function` and `route` of the series that the pages show.
  package var functions: Set<String>
  package var routes: Set<String>
  /// Names of the page's metrics begin so. Without one: the rest of the functions' metrics.
  package var prefix: String
  /// Prefixes of the other pages, whose metrics are shown there alone.
  package var otherPrefixes: [String]

  package init(functions: Set<String>, routes: Set<String>, prefix: String, otherPrefixes: [String]) {
    self.functions = functions
    self.routes = routes
    self.prefix = prefix
    self.otherPrefixes = otherPrefixes
  }

  /// The lines of the page's metrics, each below its `HELP` and `TYPE`.
  package func text(of text: String) -> String {
    var result = ""
    var comments: [Substring] = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("# HELP ") {
        comments = [line]
      } else if line.hasPrefix("#") {
        comments.append(line)
      } else if isShown(line) {
        for line in comments { result += "\(line)\n" }
        comments = []
        result += "\(line)\n"
      }
    }
    return result
  }

  private func isShown(_ line: Substring) -> Bool {
    let name = line.prefix { $0 != "{" && $0 != " " }
    if otherPrefixes.contains(where: { !$0.isEmpty && $0.utf8.count > prefix.utf8.count && name.hasPrefix($0) }) {
      return false
    }
    // A prefix names a subject of these functions, whichever labels its metrics have.
    if !prefix.isEmpty { return name.hasPrefix(prefix) }
    return Self.label("function", of: line).map(functions.contains) ?? false
      || Self.label("route", of: line).map(routes.contains) ?? false
  }

  /// A label's value as it stands there; values with quotes are of neither functions nor routes.
  private static func label(_ name: String, of line: Substring) -> String? {
    for start in ["{\(name)=\"", ",\(name)=\""] {
      if let range = line.firstRange(of: start) { return String(line[range.upperBound...].prefix { $0 != "\"" }) }
    }
    return nil
  }
}
