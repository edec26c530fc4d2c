import Core

/// A JSON text whose objects keep the order of their members, and members of one name: in a pattern the later ones win, by
/// their whole path.
indirect enum OrderedJSON {
  case object([(name: String, value: OrderedJSON)])
  case array([OrderedJSON])
  case scalar(JSONValue)

  /// Members in the order of their names.
  init(_ value: JSONValue) {
    self =
      switch value {
      case .object(let members): .object(members.sorted { $0.key < $1.key }.map { ($0.key, OrderedJSON($0.value)) })
      case .array(let elements): .array(elements.map { OrderedJSON($0) })
      default: .scalar(value)
      }
  }

  /// nil where the text is not JSON.
  init?(text: [UInt8]) {
    // Whatever is wrong with it is found here, so that the scan below has to find the ends of things only.
    guard (try? JSON.decode(JSONValue.self, from: text)) != nil else { return nil }
    var scan = Scan(text: text)
    self = scan.value()
  }

  /// The last member of each name.
  var value: JSONValue {
    switch self {
    case .object(let members):
      .object(Dictionary(members.map { ($0.name, $0.value.value) }, uniquingKeysWith: { _, last in last }))
    case .array(let elements): .array(elements.map(\.value))
    case .scalar(let value): value
    }
  }

  /// Goes through a text that is known to be JSON, no deeper than `JSON.maximumDepth`.
  private struct Scan {
    let text: [UInt8]
    var at = 0

    mutating func value() -> OrderedJSON {
      skipSpace()
      switch text[at] {
      case UInt8(ascii: "{"):
        var members: [(name: String, value: OrderedJSON)] = []
        while opensOrGoesOn(until: "}") {
          let name = scalar().stringValue ?? ""
          skipSpace()
          // The colon.
          at += 1
          members.append((name, value()))
        }
        return .object(members)
      case UInt8(ascii: "["):
        var elements: [OrderedJSON] = []
        while opensOrGoesOn(until: "]") { elements.append(value()) }
        return .array(elements)
      default: return .scalar(scalar())
      }
    }

    /// Passes the opening bracket, or a comma; at the closing bracket passes that and says that nothing follows.
    private mutating func opensOrGoesOn(until end: Unicode.Scalar) -> Bool {
      skipSpace()
      if text[at] != UInt8(ascii: end) {
        at += 1
        skipSpace()
        guard text[at] == UInt8(ascii: end) else { return true }
      }
      at += 1
      return false
    }

    private mutating func scalar() -> JSONValue {
      let start = at
      if text[at] == UInt8(ascii: "\"") {
        at += 1
        while text[at] != UInt8(ascii: "\"") { at += text[at] == UInt8(ascii: "\\") ? 2 : 1 }
        at += 1
      } else {
        while at < text.count, !" \n\r\t,:]}".utf8.contains(text[at]) { at += 1 }
      }
      return (try? JSON.decode(JSONValue.self, from: Array(text[start..<at]))) ?? .null
    }

    private mutating func skipSpace() {
      if at == 0, text.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
      while at < text.count, " \n\r\t".utf8.contains(text[at]) { at += 1 }
    }
  }
}
