/// JSON (RFC 8259) written member by member, for what is written so often that `JSON.encode`, which makes a tree of
/// values first, shows in the bill. Members have to be written in the order of their names to be the same bytes.
package struct JSONWriter {
  package private(set) var bytes: [UInt8] = []
  private var isFirst = true

  /// - Parameter capacity: bytes that are likely to be written.
  package init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  /// - Parameter write: writes the members, each a `name` and a value.
  package mutating func object(_ write: (inout JSONWriter) -> Void) { nest("{", "}", write) }

  /// - Parameter write: writes the values.
  package mutating func array(_ write: (inout JSONWriter) -> Void) { nest("[", "]", write) }

  /// Begins a member; its value must follow.
  package mutating func name(_ name: String) {
    separate()
    JSONString.append(name, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    isFirst = true
  }

  package mutating func value(_ text: String) {
    separate()
    JSONString.append(text, to: &bytes)
  }

  package mutating func value(_ number: some BinaryInteger) {
    separate()
    bytes += String(number).utf8
  }

  package mutating func value(_ truth: Bool) {
    separate()
    bytes += (truth ? "true" : "false").utf8
  }

  private mutating func value(utf8 text: some Sequence<UInt8>) {
    separate()
    JSONString.append(utf8: text, to: &bytes)
  }

  private mutating func nest(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ write: (inout JSONWriter) -> Void) {
    separate()
    bytes.append(UInt8(ascii: open))
    isFirst = true
    write(&self)
    isFirst = false
    bytes.append(UInt8(ascii: close))
  }

  private mutating func separate() {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
  }
}

/// Members of a known shape.
extension JSONWriter {
  /// A member that is left out where it has no value.
  package mutating func member(_ name: String, _ text: String?) {
    guard let text else { return }
    self.name(name)
    value(text)
  }

  /// - Parameter text: UTF-8; what is not becomes replacement characters.
  package mutating func member(_ name: String, text: [UInt8]) {
    self.name(name)
    if String(validating: text, as: UTF8.self) != nil {
      value(utf8: text)
    } else {
      value(String(decoding: text, as: UTF8.self))
    }
  }

  package mutating func member(_ name: String, _ truth: Bool) {
    self.name(name)
    value(truth)
  }

  package mutating func member(_ name: String, _ number: some BinaryInteger) {
    self.name(name)
    value(number)
  }

  package mutating func member(_ name: String, _ texts: [String]) {
    self.name(name)
    array { array in
      for text in texts { array.value(text) }
    }
  }

  /// Sorted by name, so that the same value is always the same text.
  package mutating func member(_ name: String, _ texts: [String: String]) {
    object(name) { object in
      for (name, text) in texts.sorted(by: { $0.key < $1.key }) { object.member(name, text) }
    }
  }

  package mutating func object(_ name: String, _ write: (inout JSONWriter) -> Void) {
    self.name(name)
    object(write)
  }

  /// - Parameter write: writes the members of the object that stands for an element.
  package mutating func array<Element>(
    _ name: String, of elements: [Element], _ write: (Element, inout JSONWriter) -> Void
  ) {
    self.name(name)
    array { array in
      for element in elements { array.object { write(element, &$0) } }
    }
  }
}
