package import HTTPTypes

extension HTTPFields {
  /// The value of a field by its name in lower case; several are joined with `,` (RFC 9110 §5.3).
  ///
  /// A request is asked for thirty of them: comparing names costs less than making an `HTTPField.Name` for each.
  package func value(_ name: String) -> String? {
    var value: String?
    for field in self where field.name.canonicalName == name {
      value = value.map { "\($0), \(field.value)" } ?? field.value
    }
    return value
  }

  /// Sets a field; one whose name is not a token is left out.
  package mutating func set(_ name: String, _ value: String?) {
    guard let value, let name = HTTPField.Name(name) else { return }
    self[name] = value
  }
}
