import Core
import Encodings

/// What a function returned cannot be an HTTP answer; callers receive 502.
package struct InvalidHTTPResult: ClassifiedError {
  package let message: String
  package var code: String { "InvalidHTTPResult" }
  package var isRetryable: Bool { false }

  package init(message: String) { self.message = message }
}

extension HTTPResult {
  /// Reads what a function returned, with API Gateway's inference: a result without `statusCode` is itself the body of
  /// a JSON answer, a JSON string its content.
  ///
  /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response>
  /// - Throws: `InvalidHTTPResult`.
  package init(json: [UInt8]) throws {
    // Anything but an object is inferred without a look at its members.
    guard json.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") else {
      self = try Self.inferred(json)
      return
    }
    guard let wire = try Self.decode(Answer.self, json).wire else {
      self = .bytes(json, contentType: "application/json")
      return
    }
    self.init(status: wire.status, headers: wire.headers, cookies: wire.cookies, body: try wire.body())
  }

  /// Reads a stream's prelude: a missing status means 200.
  ///
  /// - Throws: `InvalidHTTPResult`.
  init(metadata: [UInt8]) throws {
    let wire = try Self.decode(Metadata.self, metadata).wire
    self.init(status: wire.status, headers: wire.headers, cookies: wire.cookies, body: try wire.body())
    guard bytes?.isEmpty ?? true else {
      throw InvalidHTTPResult(message: "a streamed answer's metadata must not have a body")
    }
  }

  private static func decode<Value: Decodable>(_ type: Value.Type, _ json: [UInt8]) throws -> Value {
    do {
      return try JSON.decode(from: json)
    } catch let error as InvalidHTTPResult {
      throw error
    } catch {
      throw InvalidHTTPResult(message: "the function's result must be JSON in the shape of an HTTP answer: \(error)")
    }
  }

  private static func inferred(_ json: [UInt8]) throws -> HTTPResult {
    guard let value = try? JSON.decode(JSONValue.self, from: json) else {
      throw InvalidHTTPResult(
        message: "the function's result must be JSON, found \(json.count) bytes of something else")
    }
    return .bytes(value.stringValue.map { Array($0.utf8) } ?? json, contentType: "application/json")
  }

  /// The result's JSON. A body that is not UTF-8 travels as Base64.
  package func json() -> [UInt8] {
    var writer = JSONWriter(capacity: 256 + (bytes?.count ?? 0) * 4 / 3)
    writer.object { result in
      writeHead(to: &result)
      guard let bytes else { return }
      if String(validating: bytes, as: UTF8.self) != nil {
        result.member("body", text: bytes)
      } else {
        result.member("body", Base64.encode(bytes))
        result.member("isBase64Encoded", true)
      }
    }
    return writer.bytes
  }

  /// Status, headers, cookies and reference.
  func writeHead(to object: inout JSONWriter) {
    object.member("statusCode", status)
    if !headers.isEmpty {
      object.object("headers") { fields in
        for (name, value) in joinedHeaders { fields.member(name, value) }
      }
    }
    if !cookies.isEmpty { object.member("cookies", cookies) }
    guard case .reference(let reference) = body else { return }
    object.object("zoetrope") { extra in
      switch reference {
      case .object(let bucket, let key, let isOptional):
        extra.object("object") { object in
          object.member("bucket", bucket)
          object.member("key", key)
          if isOptional { object.member("optional", true) }
        }
      case .follow(let bucket, let prefix, let key, let limits):
        extra.object("follow") { object in
          object.member("bucket", bucket)
          object.member("prefix", prefix)
          object.member("key", key)
          if let seconds = limits.firstByte { object.member("firstByteSeconds", seconds) }
          if let seconds = limits.total { object.member("totalSeconds", seconds) }
        }
      case .events(let bucket, let key, let records, let states):
        extra.object("events") { object in
          object.member("bucket", bucket)
          object.member("key", key)
          object.member("records", records)
          guard let states else { return }
          object.member("states", states.members)
          object.member("recordsBucket", states.recordsBucket)
        }
      }
    }
  }

  /// JSON has each name once: several fields of one name become one, as payload format 2.0 wants it.
  private var joinedHeaders: [(String, String)] {
    var joined: [(name: String, value: String)] = []
    for header in headers {
      if let index = joined.firstIndex(where: { $0.name.lowercased() == header.name.lowercased() }) {
        joined[index].value += ",\(header.value)"
      } else {
        joined.append((header.name, header.value))
      }
    }
    return joined
  }
}

extension HTTPResult {
  /// A result; without a status it is no HTTP answer but its body.
  private struct Answer: Decodable {
    let wire: Wire?

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Wire.Key.self)
      wire = container.contains(.statusCode) ? try Wire(container) : nil
    }
  }

  private struct Metadata: Decodable {
    let wire: Wire

    init(from decoder: any Decoder) throws {
      wire = try Wire(decoder.container(keyedBy: Wire.Key.self))
    }
  }

  private struct Wire {
    let status: Int
    let headers: [Header]
    let cookies: [String]
    private let text: String?
    private let isBase64Encoded: Bool
    private let extra: Extra?

    enum Key: String, CodingKey {
      case statusCode, headers, cookies, body, isBase64Encoded, zoetrope
    }

    private struct Extra: Decodable {
      struct Place: Decodable {
        let bucket: String
        let key: String
        let optional: Bool?
        let prefix: String?
        let records: String?
        let states: [String]?
        let recordsBucket: String?
        let firstByteSeconds: Int?
        let totalSeconds: Int?
      }

      let object: Place?
      let follow: Place?
      let events: Place?
    }

    init(_ container: KeyedDecodingContainer<Key>) throws {
      status = container.contains(.statusCode) ? try Self.status(container) : 200
      headers = try Self.headers(container)
      cookies = try container.decodeIfPresent([String].self, forKey: .cookies) ?? []
      text = try container.decodeIfPresent(String.self, forKey: .body)
      isBase64Encoded = try container.decodeIfPresent(Bool.self, forKey: .isBase64Encoded) ?? false
      extra = try container.decodeIfPresent(Extra.self, forKey: .zoetrope)
    }

    func body() throws(InvalidHTTPResult) -> Body {
      if let extra {
        guard text == nil else {
          throw InvalidHTTPResult(message: "a result must have a body or a reference, not both")
        }
        switch (extra.object, extra.follow, extra.events) {
        case (let place?, nil, nil):
          return .reference(.object(bucket: place.bucket, key: place.key, isOptional: place.optional ?? false))
        case (nil, let place?, nil):
          guard let prefix = place.prefix else {
            throw InvalidHTTPResult(message: "zoetrope.follow must have the member prefix")
          }
          let limits = FollowLimits(firstByte: place.firstByteSeconds, total: place.totalSeconds)
          return .reference(.follow(bucket: place.bucket, prefix: prefix, key: place.key, limits: limits))
        case (nil, nil, let place?):
          guard let records = place.records else {
            throw InvalidHTTPResult(message: "zoetrope.events must have the member records")
          }
          let states = place.states.map {
            DocumentStates(members: $0, recordsBucket: place.recordsBucket ?? place.bucket)
          }
          return .reference(.events(bucket: place.bucket, key: place.key, records: records, states: states))
        default:
          throw InvalidHTTPResult(message: "zoetrope must have one of the members object, follow and events")
        }
      }
      guard let text else { return .bytes([]) }
      guard isBase64Encoded else { return .bytes(Array(text.utf8)) }
      guard let bytes = Base64.decode(text) else {
        throw InvalidHTTPResult(message: "the body must be Base64, as isBase64Encoded says")
      }
      return .bytes(bytes)
    }

    /// A number, or digits in a string.
    private static func status(_ container: KeyedDecodingContainer<Key>) throws -> Int {
      let number =
        (try? container.decode(Int.self, forKey: .statusCode))
        ?? (try? container.decode(String.self, forKey: .statusCode)).flatMap { Int($0) }
      guard let number, (100...599).contains(number) else {
        throw InvalidHTTPResult(message: "statusCode must be a whole number from 100 to 599")
      }
      return number
    }

    private static func headers(_ container: KeyedDecodingContainer<Key>) throws -> [Header] {
      if let texts = try? container.decodeIfPresent([String: String].self, forKey: .headers) {
        return texts.sorted { $0.key < $1.key }.map { Header($0.key, $0.value) }
      }
      guard let values = try container.decodeIfPresent([String: JSONValue].self, forKey: .headers) else { return [] }
      return try values.sorted { $0.key < $1.key }.map { name, value in
        switch value {
        case .string(let text): Header(name, text)
        case .integer(let number): Header(name, "\(number)")
        case .number(let number): Header(name, "\(number)")
        case .bool(let flag): Header(name, "\(flag)")
        default: throw InvalidHTTPResult(message: "the header '\(name)' must be a string")
        }
      }
    }
  }
}
