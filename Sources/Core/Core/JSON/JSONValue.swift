import FoundationEssentials

/// Any JSON value (RFC 8259), for documents whose shape other programs define: event details, templates, notifications.
///
/// Numbers keep the distinction between whole and fractional, so that `270` is written back as `270`.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  package subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { return members[key] }
    return nil
  }

  package var stringValue: String? {
    if case .string(let value) = self { return value }
    return nil
  }

  /// The number as a `Double`, whichever way it was written.
  package var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The number as an `Int`, where it is whole and fits.
  package var intValue: Int? {
    switch self {
    case .integer(let value): Int(exactly: value)
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  package var boolValue: Bool? {
    if case .bool(let value) = self { return value }
    return nil
  }

  package var arrayValue: [JSONValue]? {
    if case .array(let value) = self { return value }
    return nil
  }

  package var objectValue: [String: JSONValue]? {
    if case .object(let value) = self { return value }
    return nil
  }
}

extension JSONValue: Codable {
  /// As a part of something that `JSON.decode` reads it is taken as it is; another decoder is asked for one type after
  /// the other.
  package init(from decoder: any Decoder) throws {
    if let own = decoder as? JSONValueDecoder {
      self = own.value
      return
    }
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    if let own = encoder as? JSONValueEncoder {
      own.set(self)
      return
    }
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}

/// One way to read and write JSON everywhere: keys sorted, slashes not escaped, so that the same value is always the
/// same bytes.
///
/// Reading and writing take time in proportion to the text, whatever it contains. Foundation's coders do not: with
/// values of any shape their cost grows with the cube of the depth, so a small document can keep a thread for minutes.
package enum JSON {
  /// Arrays and objects inside one another, at most; a deeper document is refused.
  package static let maximumDepth = 512

  /// - Throws: `DecodingError` where the text is not JSON, too deep or not of the wanted shape.
  package static func decode<Value: Decodable>(_ type: Value.Type = Value.self, from bytes: [UInt8]) throws -> Value {
    let value: JSONValue
    do {
      value = try JSONParser.parse(bytes)
    } catch {
      throw DecodingError.dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: error.message))
    }
    // Not by a cast: that would go through the existential for every small document.
    if type == JSONValue.self, let value = value as? Value { return value }
    return try JSONValueDecoder(value, path: nil).decode(type)
  }

  /// - Throws: `EncodingError` where a number is not finite.
  package static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
    try JSONValueWriter.write(JSONValueEncoder.encode(value), pretty: pretty)
  }
}
