/// Parameters of a header field's value: `form-data; name="a"; filename="b;c.wav"` (RFC 9110 §5.6.6). Pure.
package enum HeaderParameter {
  /// The value of a parameter, quoted or not.
  ///
  /// In quotes a backslash escapes a quote or a backslash, and `%22` is a quote, as browsers write it (WHATWG HTML).
  ///
  /// - Parameter name: in small letters.
  /// - Returns: nil if there is no such parameter, or its quotes do not end.
  package static func value(_ name: String, of text: String) -> String? {
    for field in fields(text).dropFirst() {
      guard let equals = field.firstIndex(of: "="), trimmed(field[..<equals]).lowercased() == name else { continue }
      let value = trimmed(field[field.index(after: equals)...])
      return value.first == "\"" ? quoted(value.dropFirst()) : String(value)
    }
    return nil
  }

  /// What stands before the first parameter, in small letters: `form-data`.
  package static func subject(of text: String) -> String { fields(text).first.map { trimmed($0).lowercased() } ?? "" }

  private static func quoted(_ text: Substring) -> String? {
    var value = ""
    var rest = text
    while let character = rest.popFirst() {
      switch character {
      case "\"": return value.replacing("%22", with: "\"")
      case "\\":
        if let next = rest.first, next == "\"" || next == "\\" {
          value.append(next)
          rest.removeFirst()
        } else {
          value.append(character)
        }
      default: value.append(character)
      }
    }
    return nil
  }

  /// What semicolons outside quotes separate.
  private static func fields(_ text: String) -> [Substring] {
    var fields: [Substring] = []
    var (start, index, isQuoted) = (text.startIndex, text.startIndex, false)
    while index < text.endIndex {
      switch text[index] {
      case "\"": isQuoted.toggle()
      case "\\" where isQuoted: index = text.index(index, offsetBy: 1, limitedBy: text.endIndex) ?? text.endIndex
      case ";" where !isQuoted:
        fields.append(text[start..<index])
        start = text.index(after: index)
      default: break
      }
      if index < text.endIndex { index = text.index(after: index) }
    }
    fields.append(text[start...])
    return fields
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}
