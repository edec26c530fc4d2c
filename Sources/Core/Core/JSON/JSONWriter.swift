/// JSON (RFC 8259) written member by member, for what is written so often that `JSON.encode`, which makes a tree of
/// values first, shows in the bill. Members have to be written in the order of their names to be the same bytes.
package struct JSONWriter {
  package private(set) var bytes: [UInt8] = []
  private var isFirst = true

  package init() {}

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

  /// A member that is left out where it has no value.
  package mutating func member(_ name: String, _ text: String?) {
    guard let text else { return }
    self.name(name)
    value(text)
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
