import HTTPTypes

extension HTTPFields {
  /// The value of a field by its name in any case; several are joined with `,` (RFC 9110 §5.3). Nil for a name that
  /// cannot be one.
  func value(_ name: String) -> String? {
    HTTPField.Name(name).flatMap { self[$0] }
  }

  /// Sets a field; one whose name is not a token is left out.
  mutating func set(_ name: String, _ value: String?) {
    guard let value, let name = HTTPField.Name(name) else { return }
    self[name] = value
  }
}
