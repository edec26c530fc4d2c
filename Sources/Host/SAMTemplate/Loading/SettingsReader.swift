/// Reads `Metadata.Zoetrope`, which other platforms pass over.
struct SettingsReader {
  let resolver: Resolver

  struct Settings {
    var weight: Int?
    var identity: String?
    var isSequential = false
    var function = FunctionSettings()
  }

  func read(_ metadata: TemplateNode?, environment: [String: String]) -> Settings {
    guard let metadata else { return Settings() }
    guard metadata.members != nil, metadata.intrinsic == nil else {
      resolver.diagnostics.problem(metadata, "must be a map, found \(metadata.shown)")
      return Settings()
    }
    let section = PropertySection(metadata, resolver)
    defer { section.finish() }
    return Settings(
      weight: section.int("Weight", in: 1...1000), identity: section.string("Identity"),
      isSequential: section.bool("Sequential") ?? false,
      function: FunctionSettings(
        messageGroup: messageGroup(section), maximumBody: maximumBody(section, environment),
        portVariable: variable(section, "Port"),
        addressVariable: variable(section, "Address"), concurrencyVariable: variable(section, "Concurrency"),
        reservedConcurrencyVariable: variable(section, "ReservedConcurrency"),
        debugVariable: variable(section, "Debug"), ignoredVariables: section.strings("IgnoredVariables") ?? [],
        metrics: MetricsReader(resolver: resolver).read(section.section("Metrics"))))
  }

  /// Names of members, from the event inwards.
  private func messageGroup(_ section: PropertySection) -> [String] {
    guard let text = section.string("Group") else { return [] }
    let path = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if path.allSatisfy({ !$0.isEmpty }) { return path }
    resolver.diagnostics.problem(
      section.node["Group"] ?? section.node,
      "must name a member of the event, as 'detail.customer' does, found '\(text.prefix(80))'")
    return []
  }

  private func variable(_ section: PropertySection, _ name: String) -> String? {
    guard let text = section.string(name) else { return nil }
    if ResourceName.isVariable(text) { return text }
    resolver.diagnostics.problem(
      section.node[name] ?? section.node,
      "must be the name of a variable (\(ResourceName.variableForm)), found '\(text.prefix(80))'")
    return nil
  }

  /// A number of bytes, or the name of one of the function's variables that holds it.
  private func maximumBody(
    _ section: PropertySection, _ environment: [String: String]
  ) -> FunctionSettings.MaximumBody? {
    guard let text = section.string("MaximumBody") else { return nil }
    if let bytes = Int(text), (0...1 << 40).contains(bytes) { return .bytes(bytes) }
    if ResourceName.isVariable(text), let value = environment[text], let bytes = Int(value), bytes >= 0 {
      return .variable(text)
    }
    resolver.diagnostics.problem(
      section.node["MaximumBody"] ?? section.node,
      "must be a number of bytes up to 1 TiB, or the name of a variable of this function that holds one, "
        + "found '\(text.prefix(80))'")
    return nil
  }
}
