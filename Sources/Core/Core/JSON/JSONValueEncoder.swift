import FoundationEssentials

/// Makes a JSON value of a value of any type of ours.
final class JSONValueEncoder: Encoder {
  private enum Content {
    case none
    case value(JSONValue)
    case members([String: JSONValueEncoder])
    case elements([JSONValueEncoder])
  }

  private var content = Content.none

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  static func encode(_ value: some Encodable) throws -> JSONValue {
    if let value = value as? JSONValue { return value }
    let encoder = JSONValueEncoder()
    try encoder.encode(value)
    return encoder.value
  }

  private init() {}

  /// What was written; nothing is an empty object, as an empty type writes nothing.
  private var value: JSONValue {
    switch content {
    case .none: .object([:])
    case .value(let value): value
    case .members(let members): .object(members.mapValues(\.value))
    case .elements(let elements): .array(elements.map(\.value))
    }
  }

  func set(_ value: JSONValue) { content = .value(value) }

  private func encode(_ value: some Encodable) throws {
    if let data = value as? Data {
      set(.string(data.base64EncodedString()))
    } else {
      try value.encode(to: self)
    }
  }

  private func member(_ key: some CodingKey) -> JSONValueEncoder {
    let encoder = JSONValueEncoder()
    guard case .members(var members) = content else {
      content = .members([key.stringValue: encoder])
      return encoder
    }
    content = .none
    members[key.stringValue] = encoder
    content = .members(members)
    return encoder
  }

  private func element() -> JSONValueEncoder {
    let encoder = JSONValueEncoder()
    guard case .elements(var elements) = content else {
      content = .elements([encoder])
      return encoder
    }
    content = .none
    elements.append(encoder)
    content = .elements(elements)
    return encoder
  }

  func container<Keys: CodingKey>(keyedBy type: Keys.Type) -> KeyedEncodingContainer<Keys> {
    if case .members = content {} else { content = .members([:]) }
    return KeyedEncodingContainer(Keyed(encoder: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .elements = content {} else { content = .elements([]) }
    return Unkeyed(encoder: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }

  private static func number(_ value: some BinaryInteger) -> JSONValue {
    Int64(exactly: value).map(JSONValue.integer) ?? .number(Double(value))
  }

  // MARK: Containers

  private struct Keyed<Keys: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: JSONValueEncoder
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Keys) throws { encoder.member(key).set(.null) }
    func encode(_ value: Bool, forKey key: Keys) throws { encoder.member(key).set(.bool(value)) }
    func encode(_ value: String, forKey key: Keys) throws { encoder.member(key).set(.string(value)) }
    func encode(_ value: Double, forKey key: Keys) throws { encoder.member(key).set(.number(value)) }
    func encode(_ value: Float, forKey key: Keys) throws { encoder.member(key).set(.number(Double(value))) }
    func encode(_ value: Int, forKey key: Keys) throws { encoder.member(key).set(number(value)) }
    func encode(_ value: Int8, forKey key: Keys) throws { encoder.member(key).set(number(value)) }
    func encode(_ value: Int16, forKey key: Keys) throws { encoder.member(key).set(number(value)) }
    func encode(_ value: Int32, forKey key: Keys) throws { encoder.member(key).set(number(value)) }
    func encode(_ value: Int64, forKey key: Keys) throws { encoder.member(key).set(number(value)) }
    func encode(_ value: UInt, forKey key: Keys) throws { encoder.member(key).set(number(value)) }
    func encode(_ value: UInt8, forKey key: Keys) throws { encoder.member(key).set(number(value)) }
    func encode(_ value: UInt16, forKey key: Keys) throws { encoder.member(key).set(number(value)) }
    func encode(_ value: UInt32, forKey key: Keys) throws { encoder.member(key).set(number(value)) }
    func encode(_ value: UInt64, forKey key: Keys) throws { encoder.member(key).set(number(value)) }
    func encode(_ value: some Encodable, forKey key: Keys) throws { try encoder.member(key).encode(value) }
    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Keys
    ) -> KeyedEncodingContainer<Nested> { encoder.member(key).container(keyedBy: type) }
    func nestedUnkeyedContainer(forKey key: Keys) -> any UnkeyedEncodingContainer {
      encoder.member(key).unkeyedContainer()
    }
    func superEncoder() -> any Encoder { encoder.member(JSONValueDecoder.PathKey(stringValue: "super")) }
    func superEncoder(forKey key: Keys) -> any Encoder { encoder.member(key) }

    private func number(_ value: some BinaryInteger) -> JSONValue { JSONValueEncoder.number(value) }
  }

  private struct Unkeyed: UnkeyedEncodingContainer {
    let encoder: JSONValueEncoder
    var codingPath: [any CodingKey] { [] }
    var count: Int { if case .elements(let elements) = encoder.content { elements.count } else { 0 } }

    func encodeNil() throws { encoder.element().set(.null) }
    func encode(_ value: Bool) throws { encoder.element().set(.bool(value)) }
    func encode(_ value: String) throws { encoder.element().set(.string(value)) }
    func encode(_ value: Double) throws { encoder.element().set(.number(value)) }
    func encode(_ value: Float) throws { encoder.element().set(.number(Double(value))) }
    func encode(_ value: Int) throws { encoder.element().set(number(value)) }
    func encode(_ value: Int8) throws { encoder.element().set(number(value)) }
    func encode(_ value: Int16) throws { encoder.element().set(number(value)) }
    func encode(_ value: Int32) throws { encoder.element().set(number(value)) }
    func encode(_ value: Int64) throws { encoder.element().set(number(value)) }
    func encode(_ value: UInt) throws { encoder.element().set(number(value)) }
    func encode(_ value: UInt8) throws { encoder.element().set(number(value)) }
    func encode(_ value: UInt16) throws { encoder.element().set(number(value)) }
    func encode(_ value: UInt32) throws { encoder.element().set(number(value)) }
    func encode(_ value: UInt64) throws { encoder.element().set(number(value)) }
    func encode(_ value: some Encodable) throws { try encoder.element().encode(value) }
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
      encoder.element().container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder.element().unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder.element() }

    private func number(_ value: some BinaryInteger) -> JSONValue { JSONValueEncoder.number(value) }
  }

  private struct Single: SingleValueEncodingContainer {
    let encoder: JSONValueEncoder
    var codingPath: [any CodingKey] { [] }

    func encodeNil() throws { encoder.set(.null) }
    func encode(_ value: Bool) throws { encoder.set(.bool(value)) }
    func encode(_ value: String) throws { encoder.set(.string(value)) }
    func encode(_ value: Double) throws { encoder.set(.number(value)) }
    func encode(_ value: Float) throws { encoder.set(.number(Double(value))) }
    func encode(_ value: Int) throws { encoder.set(number(value)) }
    func encode(_ value: Int8) throws { encoder.set(number(value)) }
    func encode(_ value: Int16) throws { encoder.set(number(value)) }
    func encode(_ value: Int32) throws { encoder.set(number(value)) }
    func encode(_ value: Int64) throws { encoder.set(number(value)) }
    func encode(_ value: UInt) throws { encoder.set(number(value)) }
    func encode(_ value: UInt8) throws { encoder.set(number(value)) }
    func encode(_ value: UInt16) throws { encoder.set(number(value)) }
    func encode(_ value: UInt32) throws { encoder.set(number(value)) }
    func encode(_ value: UInt64) throws { encoder.set(number(value)) }
    func encode(_ value: some Encodable) throws { try encoder.encode(value) }

    private func number(_ value: some BinaryInteger) -> JSONValue { JSONValueEncoder.number(value) }
  }
}
