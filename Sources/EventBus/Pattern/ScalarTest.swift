import Core

/// One comparison other than equality.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>
enum ScalarTest: Sendable {
  /// `{"exists": true}`: any value, `null` included.
  case exists
  case text(TextTest)
  case numeric(NumericRange)
  case cidr(AddressBlock)
  case anythingBut(Set<ExactValue>)
  /// Any value for which none of the tests holds; what is not a string passes.
  case anythingButText([TextTest])

  /// - Parameter value: a scalar.
  func matches(_ value: JSONValue) -> Bool {
    switch self {
    case .exists: true
    case .text(let test): value.stringValue.map(test.matches) ?? false
    case .numeric(let range): value.doubleValue.map(range.contains) ?? false
    case .cidr(let block): value.stringValue.map(block.contains) ?? false
    case .anythingBut(let values): !values.contains(ExactValue(value))
    case .anythingButText(let tests): value.stringValue.map { text in !tests.contains { $0.matches(text) } } ?? true
    }
  }
}

/// A comparison of strings, byte by byte.
enum TextTest: Sendable {
  case prefix([UInt8])
  case suffix([UInt8])
  case prefixIgnoringCase(CaselessText)
  case suffixIgnoringCase(CaselessText)
  case equalsIgnoringCase(CaselessText)
  case wildcard(Wildcard)

  func matches(_ text: String) -> Bool {
    switch self {
    case .prefix(let bytes): text.utf8.starts(with: bytes)
    case .suffix(let bytes): text.utf8.suffix(bytes.count).elementsEqual(bytes)
    case .prefixIgnoringCase(let caseless): Self.bytes(of: text, caseless.begins)
    case .suffixIgnoringCase(let caseless): Self.bytes(of: text, caseless.ends)
    case .equalsIgnoringCase(let caseless): Self.bytes(of: text, caseless.equals)
    case .wildcard(let wildcard): wildcard.matches(text)
    }
  }

  private static func bytes(of text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
    var text = text
    return text.withUTF8(body)
  }
}
