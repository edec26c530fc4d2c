/// A map of properties while it is read: what no reader asked for by the end is a problem, as it would be ignored.
final class PropertySection {
  let node: TemplateNode
  private let resolver: Resolver
  private var unread: [String]

  /// - Parameter node: a map; anything else has been reported.
  init(_ node: TemplateNode, _ resolver: Resolver) {
    self.node = node
    self.resolver = resolver
    unread = (node.members ?? []).map(\.key)
  }

  private var diagnostics: Diagnostics { resolver.diagnostics }

  /// The property as written, after `Fn::If`; `nil` where absent.
  func raw(_ name: String) -> TemplateNode? {
    unread.removeAll { $0 == name }
    return node[name].flatMap(resolver.branch)
  }

  func value(_ name: String) -> ResolvedValue? {
    guard let value = raw(name).flatMap(resolver.resolve), !value.isNothing else { return nil }
    return value
  }

  func string(_ name: String, oneOf choices: [String]? = nil) -> String? {
    guard let value = value(name) else { return nil }
    if let text = value.text, choices?.contains(text) ?? !text.isEmpty { return text }
    let expected = choices.map { "one of \($0.map { "'\($0)'" }.joined(separator: ", "))" } ?? "a string"
    diagnostics.problem(value.origin, "must be \(expected), found \(value.shown)")
    return nil
  }

  func requiredString(_ name: String, oneOf choices: [String]? = nil) -> String? {
    required(name) == nil ? nil : string(name, oneOf: choices)
  }

  /// The property as written, after `Fn::If`; a missing one is a problem.
  func required(_ name: String) -> TemplateNode? {
    if let node = raw(name) { return node }
    diagnostics.problem(node, "must have the property \(name)")
    return nil
  }

  func int(_ name: String, in range: ClosedRange<Int>) -> Int? {
    guard let value = value(name) else { return nil }
    if let number = value.text.flatMap({ Int($0) }), range.contains(number) { return number }
    diagnostics.problem(
      value.origin, "must be a whole number from \(range.lowerBound) to \(range.upperBound), found \(value.shown)")
    return nil
  }

  func bool(_ name: String) -> Bool? {
    guard let value = value(name) else { return nil }
    if let flag = ["true": true, "false": false][value.text?.lowercased() ?? ""] { return flag }
    diagnostics.problem(value.origin, "must be true or false, found \(value.shown)")
    return nil
  }

  /// Strings; one alone counts as a list of one.
  func strings(_ name: String) -> [String]? {
    guard let value = value(name) else { return nil }
    if let text = value.text { return [text] }
    if let texts = value.list?.compactMap(\.text), !texts.isEmpty, texts.count == value.list?.count { return texts }
    diagnostics.problem(value.origin, "must be a string or a list of strings, found \(value.shown)")
    return nil
  }

  func section(_ name: String) -> PropertySection? {
    guard let node = raw(name) else { return nil }
    guard node.members != nil, node.intrinsic == nil else {
      diagnostics.problem(node, "must be a map, found \(node.shown)")
      return nil
    }
    return PropertySection(node, resolver)
  }

  func sections(_ name: String) -> [PropertySection] {
    guard let node = raw(name) else { return [] }
    guard let elements = node.elements else {
      diagnostics.problem(node, "must be a list, found \(node.shown)")
      return []
    }
    return elements.compactMap(resolver.branch).compactMap { element in
      guard element.members != nil, element.intrinsic == nil else {
        diagnostics.problem(element, "must be a map, found \(element.shown)")
        return nil
      }
      return PropertySection(element, resolver)
    }
  }

  /// Accepts properties that have no effect here.
  func ignore(_ names: Set<String>) {
    for name in unread where names.contains(name) {
      if let node = node[name] { diagnostics.note(node, "is not used locally") }
    }
    unread.removeAll(where: names.contains)
  }

  /// Accepts a property silently: one that does not change what happens.
  func skip(_ names: Set<String>) {
    unread.removeAll(where: names.contains)
  }

  /// Refuses a property for a reason worth telling.
  func refuse(_ name: String, _ reason: String) {
    guard unread.contains(name), let node = node[name] else { return }
    unread.removeAll { $0 == name }
    diagnostics.problem(node, reason)
  }

  /// Reports what no reader asked for.
  func finish() {
    for name in unread {
      if let node = node[name] { diagnostics.problem(node, "cannot be honoured here") }
    }
  }
}

extension ResolvedValue {
  /// How an error sentence shows what was found.
  var shown: String {
    switch kind {
    case .scalar(let text, _): "'\(text.prefix(80))'"
    case .list: "a list"
    case .map: "a map"
    case .nothing: "nothing"
    }
  }
}
