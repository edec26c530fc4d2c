/// Writes the XML documents of S3. Text is escaped, names are the caller's own and are not.
package struct XMLWriter {
  /// The namespace of S3's messages.
  package static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

  private var bytes: [UInt8]

  private init() {
    bytes = [UInt8](#"<?xml version="1.0" encoding="UTF-8"?>"#.utf8)
    bytes.append(UInt8(ascii: "\n"))
  }

  /// A whole document with one root element.
  ///
  /// - Parameter namespace: `nil` for none, as errors have it.
  package static func document(
    root: String, namespace: String? = XMLWriter.namespace, _ content: (inout XMLWriter) -> Void
  ) -> [UInt8] {
    var writer = XMLWriter()
    writer.element(root, attributes: namespace.map { [("xmlns", $0)] } ?? [], content)
    return writer.bytes
  }

  /// An element with text; nothing at all for `nil`.
  package mutating func element(_ name: String, _ text: String?) {
    guard let text else { return }
    open(name)
    escape(text)
    close(name)
  }

  package mutating func element(_ name: String, _ value: some BinaryInteger) {
    element(name, String(value))
  }

  package mutating func element(_ name: String, _ value: Bool) {
    element(name, value ? "true" : "false")
  }

  /// An element with child elements.
  package mutating func element(
    _ name: String, attributes: [(name: String, value: String)] = [], _ content: (inout XMLWriter) -> Void
  ) {
    open(name, attributes: attributes)
    content(&self)
    close(name)
  }

  /// Text of the current element itself.
  mutating func text(_ text: String) {
    escape(text)
  }

  private mutating func open(_ name: String, attributes: [(name: String, value: String)] = []) {
    bytes.append(UInt8(ascii: "<"))
    append(name)
    for (name, value) in attributes {
      bytes.append(UInt8(ascii: " "))
      append(name)
      append("=\"")
      escape(value)
      bytes.append(UInt8(ascii: "\""))
    }
    bytes.append(UInt8(ascii: ">"))
  }

  private mutating func close(_ name: String) {
    append("</")
    append(name)
    bytes.append(UInt8(ascii: ">"))
  }

  private mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { bytes.append(contentsOf: $0) }
  }

  private mutating func escape(_ text: String) {
    var text = text
    text.withUTF8 { characters in
      var plain = characters.startIndex
      for (index, byte) in characters.enumerated() {
        guard let replacement = Self.replacement(of: byte) else { continue }
        bytes.append(contentsOf: characters[plain..<index])
        append(replacement)
        plain = index + 1
      }
      bytes.append(contentsOf: characters[plain...])
    }
  }

  /// `nil` for what stands for itself.
  private static func replacement(of byte: UInt8) -> String? {
    switch byte {
    case UInt8(ascii: "&"): "&amp;"
    case UInt8(ascii: "<"): "&lt;"
    case UInt8(ascii: ">"): "&gt;"
    case UInt8(ascii: "\""): "&quot;"
    case UInt8(ascii: "\t"), UInt8(ascii: "\n"): nil
    // A reader turns a bare carriage return into a line feed (XML 1.0 §2.11). The other control characters no XML 1.0
    // document can hold: S3 writes them like this too, which is what `encoding-type=url` is there to avoid.
    case 0..<0x20: "&#x\(String(byte, radix: 16, uppercase: true));"
    default: nil
    }
  }
}
