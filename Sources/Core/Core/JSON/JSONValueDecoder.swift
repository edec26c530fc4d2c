import FoundationEssentials

/// Makes values of types of ours from a parsed document. A step down costs the same at every depth: where the decoder is,
/// it works out when it has to say so.
final class JSONValueDecoder: Decoder {
  /// How a value was reached.
  final class Path: Sendable {
    let key: PathKey
    let parent: Path?

    init(_ key: PathKey, _ parent: Path?) {
      self.key = key
      self.parent = parent
    }

    static func keys(_ last: Path?) -> [any CodingKey] {
      var keys: [any CodingKey] = []
      var path = last
      while let one = path {
        keys.append(one.key)
        path = one.parent
      }
      return keys.reversed()
    }
  }

  struct PathKey: CodingKey {
    var stringValue: String
    var intValue: Int?

    init(stringValue: String) { self.stringValue = stringValue }

    init(intValue: Int) {
      stringValue = "Index \(intValue)"
      self.intValue = intValue
    }
  }

  let value: JSONValue
  private let path: Path?

  init(_ value: JSONValue, path: Path?) {
    self.value = value
    self.path = path
  }

  var codingPath: [any CodingKey] { Path.keys(path) }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Keys: CodingKey>(keyedBy type: Keys.Type) throws -> KeyedDecodingContainer<Keys> {
    guard case .object(let members) = value else { throw mismatch([String: JSONValue].self) }
    return KeyedDecodingContainer(Keyed(members: members, path: path))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .array(let values) = value else { throw mismatch([JSONValue].self) }
    return Unkeyed(values: values, path: path)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(decoder: self) }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if type == Data.self {
      guard case .string(let text) = value, let data = Data(base64Encoded: text) else { throw mismatch(type) }
      // swift-format-ignore: NeverForceUnwrap
      return data as! Value
    }
    return try Value(from: self)
  }

  fileprivate func mismatch(_ type: any Any.Type) -> DecodingError {
    let context = DecodingError.Context(codingPath: codingPath, debugDescription: "expected \(type)")
    return value == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
  }

  fileprivate func bool() throws -> Bool {
    guard case .bool(let bool) = value else { throw mismatch(Bool.self) }
    return bool
  }

  fileprivate func string() throws -> String {
    guard case .string(let string) = value else { throw mismatch(String.self) }
    return string
  }

  fileprivate func double() throws -> Double {
    guard let double = value.doubleValue else { throw mismatch(Double.self) }
    return double
  }

  fileprivate func integer<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
    let number: Number? =
      switch value {
      case .integer(let integer): Number(exactly: integer)
      case .number(let double): Number(exactly: double)
      default: throw mismatch(type)
      }
    guard let number else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: codingPath, debugDescription: "the number does not fit \(type)"))
    }
    return number
  }

  // MARK: Containers

  private struct Keyed<Keys: CodingKey>: KeyedDecodingContainerProtocol {
    let members: [String: JSONValue]
    let path: Path?

    var codingPath: [any CodingKey] { Path.keys(path) }
    var allKeys: [Keys] { members.keys.compactMap { Keys(stringValue: $0) } }

    func contains(_ key: Keys) -> Bool { members[key.stringValue] != nil }

    private func decoder(_ key: some CodingKey) throws -> JSONValueDecoder {
      guard let value = members[key.stringValue] else {
        throw DecodingError.keyNotFound(
          key, DecodingError.Context(codingPath: codingPath, debugDescription: "'\(key.stringValue)' is missing"))
      }
      return JSONValueDecoder(value, path: Path(PathKey(stringValue: key.stringValue), path))
    }

    func decodeNil(forKey key: Keys) throws -> Bool { try decoder(key).value == .null }
    func decode(_ type: Bool.Type, forKey key: Keys) throws -> Bool { try decoder(key).bool() }
    func decode(_ type: String.Type, forKey key: Keys) throws -> String { try decoder(key).string() }
    func decode(_ type: Double.Type, forKey key: Keys) throws -> Double { try decoder(key).double() }
    func decode(_ type: Float.Type, forKey key: Keys) throws -> Float { Float(try decoder(key).double()) }
    func decode(_ type: Int.Type, forKey key: Keys) throws -> Int { try decoder(key).integer(type) }
    func decode(_ type: Int8.Type, forKey key: Keys) throws -> Int8 { try decoder(key).integer(type) }
    func decode(_ type: Int16.Type, forKey key: Keys) throws -> Int16 { try decoder(key).integer(type) }
    func decode(_ type: Int32.Type, forKey key: Keys) throws -> Int32 { try decoder(key).integer(type) }
    func decode(_ type: Int64.Type, forKey key: Keys) throws -> Int64 { try decoder(key).integer(type) }
    func decode(_ type: UInt.Type, forKey key: Keys) throws -> UInt { try decoder(key).integer(type) }
    func decode(_ type: UInt8.Type, forKey key: Keys) throws -> UInt8 { try decoder(key).integer(type) }
    func decode(_ type: UInt16.Type, forKey key: Keys) throws -> UInt16 { try decoder(key).integer(type) }
    func decode(_ type: UInt32.Type, forKey key: Keys) throws -> UInt32 { try decoder(key).integer(type) }
    func decode(_ type: UInt64.Type, forKey key: Keys) throws -> UInt64 { try decoder(key).integer(type) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Keys) throws -> Value {
      try decoder(key).decode(type)
    }
    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Keys
    ) throws -> KeyedDecodingContainer<Nested> { try decoder(key).container(keyedBy: type) }
    func nestedUnkeyedContainer(forKey key: Keys) throws -> any UnkeyedDecodingContainer {
      try decoder(key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { try decoder(PathKey(stringValue: "super")) }
    func superDecoder(forKey key: Keys) throws -> any Decoder { try decoder(key) }
  }

  private struct Unkeyed: UnkeyedDecodingContainer {
    let values: [JSONValue]
    let path: Path?
    var currentIndex = 0

    var codingPath: [any CodingKey] { Path.keys(path) }
    var count: Int? { values.count }
    var isAtEnd: Bool { currentIndex >= values.count }

    /// The next value; `body` decides whether it is used up.
    private mutating func next<Value>(_ body: (JSONValueDecoder) throws -> Value) throws -> Value {
      guard !isAtEnd else {
        throw DecodingError.valueNotFound(
          Value.self, DecodingError.Context(codingPath: codingPath, debugDescription: "the array has no more elements"))
      }
      let value = try body(JSONValueDecoder(values[currentIndex], path: Path(PathKey(intValue: currentIndex), path)))
      currentIndex += 1
      return value
    }

    mutating func decodeNil() throws -> Bool {
      guard !isAtEnd, values[currentIndex] == .null else { return false }
      currentIndex += 1
      return true
    }
    mutating func decode(_ type: Bool.Type) throws -> Bool { try next { try $0.bool() } }
    mutating func decode(_ type: String.Type) throws -> String { try next { try $0.string() } }
    mutating func decode(_ type: Double.Type) throws -> Double { try next { try $0.double() } }
    mutating func decode(_ type: Float.Type) throws -> Float { try next { Float(try $0.double()) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try next { try $0.integer(type) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next { try $0.integer(type) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next { try $0.integer(type) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next { try $0.integer(type) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next { try $0.integer(type) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next { try $0.integer(type) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next { try $0.integer(type) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next { try $0.integer(type) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next { try $0.integer(type) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next { try $0.integer(type) } }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next { try $0.decode(type) } }
    mutating func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { try next { try $0.container(keyedBy: type) } }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
      try next { try $0.unkeyedContainer() }
    }
    mutating func superDecoder() throws -> any Decoder { try next { $0 } }
  }

  private struct Single: SingleValueDecodingContainer {
    let decoder: JSONValueDecoder

    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.value == .null }
    func decode(_ type: Bool.Type) throws -> Bool { try decoder.bool() }
    func decode(_ type: String.Type) throws -> String { try decoder.string() }
    func decode(_ type: Double.Type) throws -> Double { try decoder.double() }
    func decode(_ type: Float.Type) throws -> Float { Float(try decoder.double()) }
    func decode(_ type: Int.Type) throws -> Int { try decoder.integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try decoder.integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try decoder.integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try decoder.integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try decoder.integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try decoder.integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try decoder.integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try decoder.integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try decoder.integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try decoder.integer(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type) }
  }
}
