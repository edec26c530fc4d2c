package import EventBus

/// How a call names a function: `NAME`, `ACCOUNT:function:NAME` or an ARN, each with or without `:QUALIFIER`.
///
/// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters
package struct FunctionReference: Equatable, Sendable {
  package var name: String
  /// nil if the reference leaves it to the endpoint.
  package var region: String?
  /// nil if the reference leaves it to the caller.
  package var account: String?
  package var qualifier: String?

  private static let pattern = #"""
    (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?\#
    ([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?
    """#

  /// - Parameters:
  ///   - text: decoded, as in the path.
  ///   - qualifier: the `Qualifier` of the query.
  /// - Throws: `ValidationException` for another form; `InvalidParameterValueException` for two qualifiers that differ.
  package init(_ text: String, qualifier: String?) throws(ServiceError) {
    guard let parsed = Self(parsing: text), text.utf8.count <= 170 else {
      throw Self.invalid(text, "functionName", "satisfy regular expression pattern: \(Self.pattern)")
    }
    self = parsed
    guard let qualifier else { return }
    guard (1...128).contains(qualifier.utf8.count), qualifier.utf8.allSatisfy({ $0 == 0x24 || Self.isNameByte($0) })
    else { throw Self.invalid(qualifier, "qualifier", "satisfy regular expression pattern: [a-zA-Z0-9$_-]+") }
    guard self.qualifier == nil || self.qualifier == qualifier else {
      throw ServiceError(
        code: "InvalidParameterValueException",
        message: "The derived qualifier from the function name does not match the specified qualifier.")
    }
    self.qualifier = qualifier
  }

  private init?(parsing text: String) {
    var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    if parts.first == "arn" {
      guard parts.count >= 7, parts[1].hasPrefix("aws"), parts[2] == "lambda", Self.isRegion(parts[3]),
        Self.isAccount(parts[4]), parts[5] == "function"
      else { return nil }
      (region, account) = (parts[3], parts[4])
      parts.removeFirst(6)
    } else if parts.count >= 3, Self.isAccount(parts[0]), parts[1] == "function" {
      account = parts[0]
      parts.removeFirst(2)
    } else if parts.count >= 2, parts[0] == "function" {
      parts.removeFirst()
    }
    guard (1...2).contains(parts.count), Self.isName(parts[0]) else { return nil }
    name = parts[0]
    guard parts.count == 2 else { return }
    guard parts[1] == "$LATEST" || Self.isName(parts[1]) else { return nil }
    qualifier = parts[1]
  }

  static func invalid(_ value: String, _ member: String, _ constraint: String) -> ServiceError {
    .validation(
      "1 validation error detected: Value '\(value.prefix(170))' at '\(member)' failed to satisfy constraint: "
        + "Member must \(constraint)")
  }

  private static func isName(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isNameByte) }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func isAccount(_ text: String) -> Bool {
    text.utf8.count == 12 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  /// `us-east-1`, and names that a runtime was given: letters, digits and hyphens.
  private static func isRegion(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { isNameByte($0) && $0 != UInt8(ascii: "_") }
  }
}
