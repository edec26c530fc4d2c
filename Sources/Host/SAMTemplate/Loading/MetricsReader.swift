/// Reads `Metadata.Zoetrope.Metrics`.
struct MetricsReader {
  let resolver: Resolver

  func read(_ section: PropertySection?) -> MetricsSettings? {
    guard let section else { return nil }
    defer { section.finish() }
    let pages = section.sections("Pages").compactMap(page)
    guard let username = section.requiredString("Username"), let hash = section.requiredString("PasswordHash"),
      let functions = section.strings("Functions")
    else { return nil }
    for (property, name) in [("Username", username), ("PasswordHash", hash)] where !ResourceName.isVariable(name) {
      resolver.diagnostics.problem(
        section.node[property] ?? section.node,
        "must be the name of a variable (\(ResourceName.variableForm)), found '\(name.prefix(80))'")
    }
    return MetricsSettings(
      usernameVariable: username, passwordHashVariable: hash, functions: functions, pages: pages)
  }

  private func page(_ section: PropertySection) -> MetricsSettings.Page? {
    defer { section.finish() }
    let prefix = section.string("Prefix") ?? ""
    guard let name = section.requiredString("Name") else { return nil }
    guard name.utf8.allSatisfy({ (0x61...0x7A).contains($0) }) else {
      resolver.diagnostics.problem(section.node, "Name must be letters from a to z, found '\(name.prefix(80))'")
      return nil
    }
    return MetricsSettings.Page(name: name, prefix: prefix)
  }
}
