import Core

/// The members of a JSON object, read one by one. Events and results are read for every request, and a `Decoder` takes
/// several times as long.
struct JSONMembers {
  /// A member is missing or of another type.
  struct Fault: Error, CustomStringConvertible {
    let description: String
  }

  private let members: [String: JSONValue]
  /// Of the object, for faults: `requestContext.`, empty for the document.
  private let place: String

  /// - Throws: `Fault` if the value is no object.
  init(_ value: JSONValue, place: String = "") throws(Fault) {
    guard case .object(let members) = value else {
      throw Fault(description: "\(place.isEmpty ? "the document" : "'\(place.dropLast())'") must be an object")
    }
    self.members = members
    self.place = place
  }

  func contains(_ name: String) -> Bool { members[name] != nil }

  /// Null counts as absent.
  func value(_ name: String) -> JSONValue? {
    guard let value = members[name], value != .null else { return nil }
    return value
  }

  func text(_ name: String) throws(Fault) -> String? { try member(name, "a string", \.stringValue) }
  func truth(_ name: String) throws(Fault) -> Bool? { try member(name, "true or false", \.boolValue) }
  func number(_ name: String) throws(Fault) -> Int? { try member(name, "a whole number", \.intValue) }

  func texts(_ name: String) throws(Fault) -> [String]? {
    try member(name, "an array of strings") { value in
      guard case .array(let values) = value else { return nil }
      let texts = values.compactMap(\.stringValue)
      return texts.count == values.count ? texts : nil
    }
  }

  func textsByName(_ name: String) throws(Fault) -> [String: String]? {
    try member(name, "an object of strings") { value in
      guard case .object(let values) = value else { return nil }
      let texts = values.compactMapValues(\.stringValue)
      return texts.count == values.count ? texts : nil
    }
  }

  func object(_ name: String) throws(Fault) -> JSONMembers? {
    guard let value = value(name) else { return nil }
    return try JSONMembers(value, place: "\(place)\(name).")
  }

  func objects(_ name: String) throws(Fault) -> [JSONMembers]? {
    guard let values = try member(name, "an array", \.arrayValue) else { return nil }
    var objects: [JSONMembers] = []
    for value in values { objects.append(try JSONMembers(value, place: "\(place)\(name)[].")) }
    return objects
  }

  func require<Value>(
    _ name: String, _ read: (JSONMembers) -> (String) throws(Fault) -> Value?
  ) throws(Fault) -> Value {
    guard let value = try read(self)(name) else { throw Fault(description: "'\(place)\(name)' is missing") }
    return value
  }

  private func member<Value>(
    _ name: String, _ form: String, _ read: (JSONValue) -> Value?
  ) throws(Fault) -> Value? {
    guard let value = value(name) else { return nil }
    guard let found = read(value) else { throw Fault(description: "'\(place)\(name)' must be \(form)") }
    return found
  }
}
