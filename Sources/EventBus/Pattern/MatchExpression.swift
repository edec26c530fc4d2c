import Core

/// Comparisons inside a pattern's array: objects with exactly one member, named by the comparison.
enum MatchExpression {
  enum Kind: String, CaseIterable {
    case exactly, prefix, suffix, numeric, cidr, exists, wildcard
    case equalsIgnoreCase = "equals-ignore-case"
    case anythingBut = "anything-but"
  }

  static func compile(
    _ members: [String: JSONValue], at path: [String], into leaf: inout LeafPattern
  ) throws(PatternError) {
    let (kind, value) = try single(members, at: path)
    switch kind {
    case .exactly:
      guard case .string = value else { throw wrong(kind, "must be a string", value, path) }
      leaf.exact.insert(ExactValue(value))
    case .exists:
      guard let isThere = value.boolValue else { throw wrong(kind, "must be true or false", value, path) }
      if isThere { leaf.tests.append(.exists) } else { leaf.allowsAbsence = true }
    case .numeric:
      leaf.tests.append(.numeric(try range(value, at: path)))
    case .cidr:
      guard let text = value.stringValue, let block = AddressBlock(text) else {
        throw wrong(kind, "must be an address block like '10.0.0.0/24' or '2001:db8::/32'", value, path)
      }
      leaf.tests.append(.cidr(block))
    case .prefix, .suffix, .equalsIgnoreCase, .wildcard:
      leaf.tests.append(.text(try text(kind, value, at: path)))
    case .anythingBut:
      leaf.tests.append(try anythingBut(value, at: path))
    }
  }

  private static func single(
    _ members: [String: JSONValue], at path: [String]
  ) throws(PatternError) -> (Kind, JSONValue) {
    guard members.count == 1, let (name, value) = members.first else {
      throw PatternCompiler.error(
        path, "must have comparisons with exactly one member each, found \(JSONValue.object(members).excerpt)")
    }
    guard let kind = Kind(rawValue: name) else {
      let known = Kind.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw PatternCompiler.error(path, "has the unknown comparison '\(name)', expected one of \(known)")
    }
    return (kind, value)
  }

  private static func text(
    _ kind: Kind, _ value: JSONValue, at path: [String], ignoringCase: Bool = true
  ) throws(PatternError) -> TextTest {
    if ignoringCase, kind == .prefix || kind == .suffix, let members = value.objectValue {
      guard members.count == 1, let text = members[Kind.equalsIgnoreCase.rawValue]?.stringValue else {
        throw wrong(kind, "must be a string or {\"equals-ignore-case\": string}", value, path)
      }
      return kind == .prefix ? .prefixIgnoringCase(CaselessText(text)) : .suffixIgnoringCase(CaselessText(text))
    }
    guard let text = value.stringValue else { throw wrong(kind, "must be a string", value, path) }
    switch kind {
    case .prefix: return .prefix(Array(text.utf8))
    case .suffix: return .suffix(Array(text.utf8))
    case .equalsIgnoreCase: return .equalsIgnoringCase(CaselessText(text))
    default:
      do {
        return .wildcard(try Wildcard(text))
      } catch {
        throw wrong(kind, "is not a wildcard pattern (\(error.reason))", value, path)
      }
    }
  }

  /// A value, a list of values of one type, or one of four comparisons of strings with a text or a list of them.
  private static func anythingBut(_ value: JSONValue, at path: [String]) throws(PatternError) -> ScalarTest {
    if case .object(let members) = value {
      let (kind, operand) = try single(members, at: path)
      guard [.prefix, .suffix, .equalsIgnoreCase, .wildcard].contains(kind) else {
        throw wrong(
          .anythingBut, "may hold 'prefix', 'suffix', 'equals-ignore-case' or 'wildcard'", value, path)
      }
      // An empty list leaves nothing out, as with EventBridge's own matcher.
      let operands = operand.arrayValue ?? [operand]
      var tests: [TextTest] = []
      for operand in operands {
        guard operand.stringValue != "" || kind != .prefix && kind != .suffix else {
          throw wrong(.anythingBut, "must not hold an empty text", value, path)
        }
        tests.append(try text(kind, operand, at: path, ignoringCase: false))
      }
      return .anythingButText(tests)
    }
    let values = value.arrayValue ?? [value]
    guard !values.isEmpty, values.allSatisfy({ $0.stringValue != nil }) || values.allSatisfy({ $0.doubleValue != nil })
    else { throw wrong(.anythingBut, "must be strings only or numbers only", value, path) }
    return .anythingBut(Set(values.map(ExactValue.init)))
  }

  /// `["=", x]`, or a lower bound, an upper bound, or both in this order.
  private static func range(_ value: JSONValue, at path: [String]) throws(PatternError) -> NumericRange {
    let expected = "must be like [\"=\", 5], [\"<\", 10] or [\">\", 0, \"<=\", 5] with numbers from -5e9 to 5e9"
    guard let terms = value.arrayValue, terms.count == 2 || terms.count == 4 else {
      throw wrong(.numeric, expected, value, path)
    }
    var lower: NumericRange.Bound?
    var upper: NumericRange.Bound?
    for index in stride(from: 0, to: terms.count, by: 2) {
      guard let sign = terms[index].stringValue, let number = terms[index + 1].doubleValue,
        NumericRange.comparable.contains(number)
      else { throw wrong(.numeric, expected, value, path) }
      switch sign {
      case "=" where terms.count == 2:
        lower = .init(value: number, isIncluded: true)
        upper = lower
      case ">" where index == 0, ">=" where index == 0: lower = .init(value: number, isIncluded: sign == ">=")
      case "<" where index == terms.count - 2, "<=" where index == terms.count - 2:
        upper = .init(value: number, isIncluded: sign == "<=")
      default: throw wrong(.numeric, expected, value, path)
      }
    }
    if let lower, let upper, terms.count == 4, lower.value >= upper.value {
      throw wrong(.numeric, "must have its lower bound below its upper one", value, path)
    }
    return NumericRange(lower: lower, upper: upper)
  }

  private static func wrong(_ kind: Kind, _ expected: String, _ found: JSONValue, _ path: [String]) -> PatternError {
    PatternCompiler.error(path, "has the comparison '\(kind.rawValue)', which \(expected), found \(found.excerpt)")
  }
}
