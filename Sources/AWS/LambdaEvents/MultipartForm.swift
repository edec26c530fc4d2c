import Core

/// A `multipart/form-data` body that is in memory (RFC 7578), or its beginning. Pure.
package struct MultipartForm {
  package struct Part: Equatable {
    package var name: String
    package var fileName: String?
    package var body: ArraySlice<UInt8>
    /// Whether its end was seen.
    package var isComplete: Bool
  }

  package private(set) var parts: [Part] = []
  /// Whether the form's last boundary was seen.
  package private(set) var isComplete = false

  /// The body is no form, or a broken one; callers should answer 400.
  package struct Invalid: ClassifiedError {
    package let message: String
    package var code: String { "InvalidForm" }
    package var isRetryable: Bool { false }

    init(_ message: String) { self.message = message }
  }

  /// Parts of one form at most.
  private static let maximumParts = 200

  /// - Parameters:
  ///   - contentType: of the request.
  ///   - isWhole: nothing follows `bytes`.
  /// - Throws: `Invalid`.
  package init(_ bytes: [UInt8], contentType: String?, isWhole: Bool) throws(Invalid) {
    guard let contentType, contentType.lowercased().hasPrefix("multipart/form-data"),
      let boundary = Self.parameter("boundary", of: contentType), !boundary.isEmpty, boundary.utf8.count <= 70
    else {
      throw Invalid("the body must be multipart/form-data with a boundary")
    }
    let delimiter = Array("\r\n--\(boundary)".utf8)
    // The first delimiter may stand at the very beginning.
    guard
      var position = bytes.starts(with: delimiter.dropFirst(2))
        ? delimiter.count - 2 : Self.find(delimiter, in: bytes, from: 0).map({ $0 + delimiter.count })
    else {
      if isWhole { throw Invalid("the body has no part with the boundary that its header names") }
      return
    }
    while true {
      if bytes[position...].starts(with: Array("--".utf8)) {
        isComplete = true
        return
      }
      guard let lineEnd = Self.find([13, 10], in: bytes, from: position) else { break }
      let bodyStart: Int
      if bytes[(lineEnd + 2)...].starts(with: [13, 10]) {
        bodyStart = lineEnd + 4
      } else {
        guard let end = Self.find([13, 10, 13, 10], in: bytes, from: lineEnd) else { break }
        guard end - lineEnd <= 16 << 10 else { throw Invalid("a part's headers are too long") }
        bodyStart = end + 4
      }
      let head = String(decoding: bytes[lineEnd..<bodyStart], as: UTF8.self)
      let end = Self.find(delimiter, in: bytes, from: bodyStart - 2)
      if let name = Self.disposition(head, "name") {
        let body = bytes[bodyStart..<max(bodyStart, end ?? bytes.count)]
        parts.append(
          Part(name: name, fileName: Self.disposition(head, "filename"), body: body, isComplete: end != nil))
      }
      guard let end else { break }
      position = end + delimiter.count
      if parts.count > Self.maximumParts { throw Invalid("the body has too many parts") }
    }
    if isWhole { throw Invalid("the multipart body ends before its last boundary") }
  }

  private static func disposition(_ head: String, _ name: String) -> String? {
    for line in head.split(whereSeparator: \.isNewline)
    where line.lowercased().hasPrefix("content-disposition:") {
      return parameter(name, of: String(line))
    }
    return nil
  }

  /// A parameter of a header's value: `name=value` or `name="value"`.
  static func parameter(_ name: String, of text: String) -> String? {
    for field in fields(text).dropFirst() {
      guard let equals = field.firstIndex(of: "=") else { continue }
      let key = field[..<equals].filter { $0 != " " && $0 != "\t" }
      guard key.lowercased() == name else { continue }
      var value = field[field.index(after: equals)...].drop { $0 == " " }
      while value.last == " " { value.removeLast() }
      guard value.first == "\"" else { return String(value) }
      var result = ""
      var isEscaped = false
      for character in value.dropFirst() {
        if isEscaped {
          result.append(character)
          isEscaped = false
        } else if character == "\\" {
          isEscaped = true
        } else if character == "\"" {
          break
        } else {
          result.append(character)
        }
      }
      return result
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

  private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard start >= 0, bytes.count >= needle.count else { return nil }
    return bytes.withUnsafeBufferPointer { buffer in
      var index = start
      while index <= buffer.count - needle.count {
        if buffer[index] == needle[0], (1..<needle.count).allSatisfy({ buffer[index + $0] == needle[$0] }) {
          return index
        }
        index += 1
      }
      return nil
    }
  }
}
