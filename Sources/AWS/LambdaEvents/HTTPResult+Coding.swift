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
    let result = try Self.members(json)
    guard result.contains("statusCode") else {
      self = .bytes(json, contentType: "application/json")
      return
    }
    try self.init(result)
  }

  /// Reads a stream's prelude: a missing status means 200.
  ///
  /// - Throws: `InvalidHTTPResult`.
  init(metadata: [UInt8]) throws {
    let members = try Self.members(metadata)
    try self.init(members)
    addRepeatedHeaders(of: members.value("multiValueHeaders"))
    guard bytes?.isEmpty ?? true else {
      throw InvalidHTTPResult(message: "a streamed answer's metadata must not have a body")
    }
  }

  /// Adds `multiValueHeaders`, which a stream's metadata may have, as swift-aws-lambda-runtime writes them. A name
  /// in both counts there.
  private mutating func addRepeatedHeaders(of value: JSONValue?) {
    guard let repeated = value?.objectValue else { return }
    let names = Set(repeated.keys.map { $0.lowercased() })
    headers.removeAll { names.contains($0.name.lowercased()) }
    for (name, values) in repeated.sorted(by: { $0.key < $1.key }) {
      headers += (values.arrayValue ?? []).compactMap(\.stringValue).map { Header(name, $0) }
    }
  }

  private static func members(_ json: [UInt8]) throws -> JSONMembers {
    do {
      return try JSONMembers(JSON.decode(JSONValue.self, from: json))
    } catch {
      throw misshapen(error)
    }
  }

  private static func misshapen(_ error: any Error) -> InvalidHTTPResult {
    InvalidHTTPResult(message: "the function's result must be JSON in the shape of an HTTP answer: \(error)")
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
          if let function = limits.substitute { object.member("substitute", function) }
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
      case .invoke(let function):
        extra.object("invoke") { object in object.member("function", function) }
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
  private init(_ result: JSONMembers) throws {
    do {
      self.init(
        status: try Self.status(result), headers: try Self.headers(result.value("headers")),
        cookies: try result.texts("cookies") ?? [], body: try Self.body(result))
    } catch let fault as JSONMembers.Fault {
      throw Self.misshapen(fault)
    }
  }

  private static func body(_ result: JSONMembers) throws -> Body {
    let text = try result.text("body")
    if let extra = try result.object("zoetrope") {
      guard text == nil else {
        throw InvalidHTTPResult(message: "a result must have a body or a reference, not both")
      }
      return .reference(try reference(extra))
    }
    guard let text else { return .bytes([]) }
    guard try result.truth("isBase64Encoded") ?? false else { return .bytes(Array(text.utf8)) }
    guard let bytes = Base64.decode(text) else {
      throw InvalidHTTPResult(message: "the body must be Base64, as isBase64Encoded says")
    }
    return .bytes(bytes)
  }

  private static func reference(_ extra: JSONMembers) throws -> Reference {
    let kinds = ["object", "follow", "events", "invoke"].filter { extra.value($0) != nil }
    guard kinds.count == 1, let place = try extra.object(kinds[0]) else {
      throw InvalidHTTPResult(message: "zoetrope must have one of the members object, follow, events and invoke")
    }
    if kinds[0] == "invoke" { return .invoke(function: try place.require("function", JSONMembers.text)) }
    let (bucket, key) = (
      try place.require("bucket", JSONMembers.text), try place.require("key", JSONMembers.text)
    )
    switch kinds[0] {
    case "object": return .object(bucket: bucket, key: key, isOptional: try place.truth("optional") ?? false)
    case "follow":
      guard let prefix = try place.text("prefix") else {
        throw InvalidHTTPResult(message: "zoetrope.follow must have the member prefix")
      }
      let limits = FollowLimits(
        firstByte: try place.number("firstByteSeconds"), total: try place.number("totalSeconds"),
        substitute: try place.text("substitute"))
      return .follow(bucket: bucket, prefix: prefix, key: key, limits: limits)
    default:
      guard let records = try place.text("records") else {
        throw InvalidHTTPResult(message: "zoetrope.events must have the member records")
      }
      let recordsBucket = try place.text("recordsBucket") ?? bucket
      let states = try place.texts("states").map { DocumentStates(members: $0, recordsBucket: recordsBucket) }
      return .events(bucket: bucket, key: key, records: records, states: states)
    }
  }

  /// A number, or digits in a string. None is 200.
  private static func status(_ result: JSONMembers) throws(InvalidHTTPResult) -> Int {
    guard result.contains("statusCode") else { return 200 }
    let value = result.value("statusCode")
    guard let number = value?.intValue ?? value?.stringValue.flatMap({ Int($0) }), (100...599).contains(number) else {
      throw InvalidHTTPResult(message: "statusCode must be a whole number from 100 to 599")
    }
    return number
  }

  private static func headers(_ value: JSONValue?) throws -> [Header] {
    guard let value else { return [] }
    guard case .object(let values) = value else {
      throw JSONMembers.Fault(description: "'headers' must be an object")
    }
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
