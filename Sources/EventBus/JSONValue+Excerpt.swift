import Core

extension JSONValue {
  /// The value as a person may read it in an error sentence: JSON, at most 80 bytes of it.
  var excerpt: String {
    guard let bytes = try? JSON.encode(self) else { return "a value that is not JSON" }
    let text = String(decoding: bytes.prefix(80), as: UTF8.self)
    return bytes.count <= 80 ? text : text + "…"
  }
}

extension JSONValue? {
  var excerpt: String { self.map(\.excerpt) ?? "nothing" }
}
