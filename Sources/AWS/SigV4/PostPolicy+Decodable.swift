import FoundationEssentials
import Core

extension PostPolicy: Decodable {
  private enum Key: String, CodingKey { case expiration, conditions }

  /// - Throws: `InvalidPolicyDocument` where `json` is no policy.
  init(json: [UInt8]) throws(SigV4Error) {
    do {
      self = try JSON.decode(PostPolicy.self, from: json)
    } catch let error as SigV4Error {
      throw error
    } catch {
      throw .malformedPolicy("it must be a JSON object with 'expiration' and 'conditions'.")
    }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let expiration = try container.decode(String.self, forKey: .expiration)
    guard let date = Self.date(expiration) else {
      throw SigV4Error.malformedPolicy("Invalid 'expiration' value: '\(expiration.prefix(100))'")
    }
    self.expiration = date
    conditions = try container.decode([Condition].self, forKey: .conditions)
  }

  private static func date(_ text: String) -> Date? {
    for fractional in [true, false] {
      if let date = try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: fractional)) {
        return date
      }
    }
    return nil
  }
}

extension PostPolicy.Condition: Decodable {
  /// `{"field": "value"}`, `["eq" | "starts-with", "$field", "value"]` or `["content-length-range", least, most]`.
  init(from decoder: any Decoder) throws {
    if let simple = try? decoder.singleValueContainer().decode([String: String].self) {
      guard let (field, value) = simple.first, simple.count == 1 else {
        throw SigV4Error.malformedPolicy("Invalid Simple-Condition: Simple-Conditions must have exactly one property")
      }
      self = .equals(field: field.lowercased(), value: value)
      return
    }
    var list = try decoder.unkeyedContainer()
    let kind = try list.decode(String.self)
    switch kind.lowercased() {
    case "eq", "starts-with":
      let field = try list.decode(String.self)
      let value = try list.decode(String.self)
      guard field.hasPrefix("$") else {
        throw SigV4Error.malformedPolicy("the field of a condition must begin with '$', found '\(field.prefix(100))'")
      }
      let name = field.dropFirst().lowercased()
      self = kind.lowercased() == "eq" ? .equals(field: name, value: value) : .startsWith(field: name, prefix: value)
    case "content-length-range":
      let (least, most) = (try Self.size(&list), try Self.size(&list))
      guard 0 <= least, least <= most else {
        throw SigV4Error.malformedPolicy("a content-length-range must go from a smaller to a larger size")
      }
      self = .contentLength(least...most)
    default:
      throw SigV4Error.malformedPolicy("unknown condition '\(kind.prefix(100))'")
    }
    guard list.isAtEnd else { throw SigV4Error.malformedPolicy("a condition must have three parts") }
  }

  /// A number, or a string with one, as S3 takes both.
  private static func size(_ list: inout any UnkeyedDecodingContainer) throws -> Int64 {
    if let number = try? list.decode(Int64.self) { return number }
    guard let number = Int64(try list.decode(String.self)) else {
      throw SigV4Error.malformedPolicy("a content-length-range must be given in numbers")
    }
    return number
  }
}
