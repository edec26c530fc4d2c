/// The parts of a `multipart/form-data` body that is all there (RFC 7578).
package enum MultipartForm {
  package struct Part: Sendable, Equatable {
    package var name: String
    package var fileName: String?
    package var bytes: [UInt8]

    package init(name: String, fileName: String?, bytes: [UInt8]) {
      self.name = name
      self.fileName = fileName
      self.bytes = bytes
    }
  }

  /// - Parameter contentType: the header, with its boundary.
  /// - Returns: nil for any other type or a body that is cut off.
  package static func parts(of body: [UInt8], contentType: String) -> [Part]? {
    guard contentType.lowercased().hasPrefix("multipart/form-data"),
      let boundary = parameter("boundary", of: contentType), (1...70).contains(boundary.utf8.count)
    else { return nil }
    let mark = Array("--\(boundary)".utf8)
    guard var position = range(of: mark, in: body, from: 0)?.upperBound else { return nil }
    var parts: [Part] = []
    while true {
      if body[position...].starts(with: Array("--".utf8)) { return parts }
      guard let head = range(of: Array("\r\n\r\n".utf8), in: body, from: position),
        let end = range(of: Array("\r\n".utf8) + mark, in: body, from: head.upperBound)
      else { return nil }
      let lines = String(decoding: body[position..<head.lowerBound], as: UTF8.self).split(separator: "\r\n")
      let disposition = lines.first { $0.lowercased().hasPrefix("content-disposition:") }.map(String.init) ?? ""
      guard let name = parameter("name", of: disposition), parts.count < 100 else { return nil }
      parts.append(
        Part(
          name: name, fileName: parameter("filename", of: disposition),
          bytes: Array(body[head.upperBound..<end.lowerBound])))
      position = end.upperBound
    }
  }

  /// A parameter's value, with or without quotes.
  static func parameter(_ name: String, of header: String) -> String? {
    for piece in header.split(separator: ";").dropFirst() {
      let pair = piece.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, pair[0].filter({ $0 != " " }).lowercased() == name else { continue }
      let value = pair[1].drop { $0 == " " }
      if value.first == "\"" { return String(value.dropFirst().prefix { $0 != "\"" }) }
      return String(value.prefix { $0 != " " })
    }
    return nil
  }

  private static func range(of wanted: [UInt8], in bytes: [UInt8], from start: Int) -> Range<Int>? {
    guard let first = wanted.first, bytes.count - start >= wanted.count else { return nil }
    var position = start
    while position <= bytes.count - wanted.count {
      guard let found = bytes[position...].firstIndex(of: first), found <= bytes.count - wanted.count else {
        return nil
      }
      if bytes[found..<found + wanted.count].elementsEqual(wanted) { return found..<found + wanted.count }
      position = found + 1
    }
    return nil
  }
}
