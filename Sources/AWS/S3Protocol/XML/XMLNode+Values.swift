import Encodings
import FoundationEssentials

extension XMLNode {
  func required(_ name: String) throws(S3Error) -> String {
    guard let text = text(of: name) else {
      throw S3Error(.malformedXML, message: "\(self.name) must have a \(name) element.")
    }
    return text
  }

  /// The number in a child element, `nil` if the element is absent.
  func number<Number: FixedWidthInteger>(of name: String) throws(S3Error) -> Number? {
    guard let text = text(of: name) else { return nil }
    guard let number = Number(text) else { throw wrong(name, expected: "a whole number", found: text) }
    return number
  }

  func requiredNumber<Number: FixedWidthInteger>(_ name: String) throws(S3Error) -> Number {
    guard let number: Number = try number(of: name) else { _ = try required(name); return 0 }
    return number
  }

  /// `false` if the element is absent.
  func flag(_ name: String) throws(S3Error) -> Bool {
    switch text(of: name)?.lowercased() {
    case nil, "false", "": false
    case "true": true
    case .some(let text): throw wrong(name, expected: "true or false", found: text)
    }
  }

  func date(of name: String) throws(S3Error) -> Date? {
    guard let text = text(of: name) else { return nil }
    guard let date = XMLDate.parse(text) else { throw wrong(name, expected: "an ISO 8601 time", found: text) }
    return date
  }

  /// A time in HTTP's form, or in XML's.
  func httpDate(of name: String) throws(S3Error) -> Date? {
    if let text = text(of: name), let date = HTTPDate.parse(text) { return date }
    return try date(of: name)
  }

  func requiredDate(_ name: String) throws(S3Error) -> Date {
    guard let date = try date(of: name) else {
      throw S3Error(.malformedXML, message: "\(self.name) must have a \(name) element.")
    }
    return date
  }

  /// The text of a child element, an empty one counting as none: S3 writes `<Delimiter/>` for "no delimiter".
  func nonEmptyText(of name: String) -> String? {
    text(of: name).flatMap { $0.isEmpty ? nil : $0 }
  }

  func wrong(_ name: String, expected: String, found: String) -> S3Error {
    S3Error(.malformedXML, message: "\(name) in \(self.name) must be \(expected), found '\(found.prefix(100))'.")
  }

  /// `map` with typed errors, for lists of messages.
  func list<Value>(_ name: String, _ read: (XMLNode) throws(S3Error) -> Value) throws(S3Error) -> [Value] {
    var values: [Value] = []
    for child in children where child.name == name { values.append(try read(child)) }
    return values
  }
}
