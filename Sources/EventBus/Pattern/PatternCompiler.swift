import Core

/// Turns a pattern's JSON into its tree of nodes; says where it is not a pattern.
enum PatternCompiler {
  /// Deeper nesting than any event has; bounds the recursion of compiling and matching.
  private static let maximumDepth = 64
  /// EventBridge's: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
  private static let maximumCombinations = 1000

  static func compile(_ json: JSONValue) throws(PatternError) -> PatternNode {
    guard let members = json.objectValue else {
      throw PatternError(path: "", message: "an event pattern must be a JSON object, found \(json.excerpt)")
    }
    let node = try node(members, at: [], isAlternative: false)
    guard node.combinations(atMost: maximumCombinations) <= maximumCombinations else {
      throw error([], "may have at most \(maximumCombinations) combinations of the alternatives of its $or, found more")
    }
    return node
  }

  private static func node(
    _ members: [String: JSONValue], at path: [String], isAlternative: Bool
  ) throws(PatternError) -> PatternNode {
    guard !members.isEmpty else { throw error(path, "must name at least one field, found {}") }
    guard path.count < maximumDepth else { throw error(path, "is nested deeper than \(maximumDepth) levels") }
    var node = PatternNode()
    // Sorted, so that the same pattern always reports the same one of several errors.
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      let here = path + [name]
      if name == "$or" {
        node.alternatives.append(try alternatives(value, at: path))
        continue
      }
      guard !isAlternative || MatchExpression.Kind(rawValue: name) == nil else {
        throw error(here, "has the name of a comparison, which is not allowed for a field inside $or")
      }
      switch value {
      case .object(let members):
        node.fields.append((name, .object(try self.node(members, at: here, isAlternative: isAlternative))))
      case .array(let values):
        node.fields.append((name, .leaf(try leaf(values, at: here))))
      default:
        throw error(here, "must be an object or an array of values, found \(value.excerpt)")
      }
    }
    return node
  }

  private static func alternatives(_ value: JSONValue, at path: [String]) throws(PatternError) -> [PatternNode] {
    let here = path + ["$or"]
    guard let elements = value.arrayValue, elements.count >= 2 else {
      throw error(here, "must be an array of at least two patterns, found \(value.excerpt)")
    }
    var nodes: [PatternNode] = []
    for element in elements {
      guard let members = element.objectValue else { throw error(here, "must hold objects, found \(element.excerpt)") }
      nodes.append(try node(members, at: path, isAlternative: true))
    }
    return nodes
  }

  private static func leaf(_ values: [JSONValue], at path: [String]) throws(PatternError) -> LeafPattern {
    guard !values.isEmpty else { throw error(path, "must list at least one value, found []") }
    var leaf = LeafPattern()
    for value in values {
      switch value {
      case .object(let members): try MatchExpression.compile(members, at: path, into: &leaf)
      case .array:
        throw error(path, "must list strings, numbers, booleans, null or comparisons, found \(value.excerpt)")
      default: leaf.exact.insert(ExactValue(value))
      }
    }
    return leaf
  }

  static func error(_ path: [String], _ problem: String) -> PatternError {
    let name = path.joined(separator: ".")
    return PatternError(path: name, message: "\(name.isEmpty ? "the event pattern" : "'\(name)'") \(problem)")
  }
}
