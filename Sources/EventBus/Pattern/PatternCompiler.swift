import Core

/// Turns a pattern's JSON into its tree of nodes; says where it is not a pattern.
enum PatternCompiler {
  /// Deeper nesting than any event has; bounds the recursion of compiling and matching.
  private static let maximumDepth = 64
  /// EventBridge's: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
  private static let maximumCombinations = 1000

  /// The fields of an event by their path, each with what it must be.
  private typealias Rule = [String: LeafPattern]

  static func compile(_ json: OrderedJSON) throws(PatternError) -> [PatternNode] {
    guard case .object(let members) = json else {
      throw PatternError(path: "", message: "an event pattern must be a JSON object, found \(json.value.excerpt)")
    }
    var rules: [Rule] = []
    try object(members, at: [], isAlternative: false, into: &rules)
    return rules.map { PatternNode($0) }
  }

  /// What comes later takes the place of what has the same path, also of what an `$or` or its surroundings said before.
  private static func object(
    _ members: [(name: String, value: OrderedJSON)], at path: [String], isAlternative: Bool, into rules: inout [Rule]
  ) throws(PatternError) {
    guard !members.isEmpty else { throw error(path, "must name at least one field, found {}") }
    guard path.count < maximumDepth else { throw error(path, "is nested deeper than \(maximumDepth) levels") }
    for (name, value) in members {
      if name == "$or" {
        try alternatives(value, at: path, into: &rules)
        continue
      }
      let here = path + name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard !isAlternative || MatchExpression.Kind(rawValue: name) == nil else {
        throw error(here, "has the name of a comparison, which is not allowed for a field inside $or")
      }
      switch value {
      case .object(let members): try object(members, at: here, isAlternative: isAlternative, into: &rules)
      case .array(let values):
        guard here.count <= maximumDepth else { throw error(here, "is nested deeper than \(maximumDepth) levels") }
        let leaf = try leaf(values, at: here)
        let field = here.joined(separator: ".")
        if rules.isEmpty { rules = [[:]] }
        for index in rules.indices { rules[index][field] = leaf }
      case .scalar(let value):
        throw error(here, "must be an object or an array of values, found \(value.excerpt)")
      }
    }
  }

  /// Each alternative goes with each of the rules so far.
  private static func alternatives(
    _ value: OrderedJSON, at path: [String], into rules: inout [Rule]
  ) throws(PatternError) {
    let here = path + ["$or"]
    guard case .array(let elements) = value, elements.count >= 2 else {
      throw error(here, "must be an array of at least two patterns, found \(value.value.excerpt)")
    }
    let before = rules.isEmpty ? [[:]] : rules
    rules = []
    for element in elements {
      guard case .object(let members) = element else {
        throw error(here, "must hold objects, found \(element.value.excerpt)")
      }
      var made = before
      try object(members, at: path, isAlternative: true, into: &made)
      rules += made
      guard rules.count <= maximumCombinations else {
        throw error(
          [], "may have at most \(maximumCombinations) combinations of the alternatives of its $or, found more")
      }
    }
  }

  private static func leaf(_ values: [OrderedJSON], at path: [String]) throws(PatternError) -> LeafPattern {
    guard !values.isEmpty else { throw error(path, "must list at least one value, found []") }
    var leaf = LeafPattern()
    for value in values {
      switch value {
      case .object(let members):
        guard members.count == 1 else {
          throw error(path, "must have comparisons with exactly one member each, found \(value.value.excerpt)")
        }
        try MatchExpression.compile([members[0].name: members[0].value.value], at: path, into: &leaf)
      case .array:
        throw error(path, "must list strings, numbers, booleans, null or comparisons, found \(value.value.excerpt)")
      case .scalar(let value): leaf.exact.insert(ExactValue(value))
      }
    }
    return leaf
  }

  static func error(_ path: [String], _ problem: String) -> PatternError {
    let name = path.joined(separator: ".")
    return PatternError(path: name, message: "\(name.isEmpty ? "the event pattern" : "'\(name)'") \(problem)")
  }
}
