import ArgumentParser

/// Values for the template's parameters.
struct ParameterOptions: ParsableArguments {
  @Option(name: .customLong("parameter"), help: "A template parameter, NAME=VALUE; may be repeated.")
  var parameters: [String] = []

  func validate() throws { _ = try values() }

  func values() throws -> [String: String] {
    try parameters.reduce(into: [:]) { result, text in
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw ValidationError("--parameter must be NAME=VALUE, found '\(text)'")
      }
      result[String(text[..<equals])] = String(text[text.index(after: equals)...])
    }
  }
}
