import Encodings
package import FoundationEssentials
import Core

/// What an HTTP request means to a function: pure, so that every platform's way of calling can be tested as a value.
///
/// - CloudEvents 1.0, binary and structured content mode
///   (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md>): an EventBridge
///   envelope with the CloudEvent's data as `detail`, and attributes that the envelope does not have as `extensions`; data that is itself an S3 notification is passed on as it is.
/// - Any other JSON body (S3 and MinIO notifications, EventBridge envelopes, plain events): passed on unchanged.
package enum GatewayEvent {
  /// A request that is no event.
  package struct Invalid: ClassifiedError {
    package let message: String
    /// The HTTP status that says so: 400 or 415.
    package let status: Int
    package var code: String { "InvalidRequest" }
    package var isRetryable: Bool { false }
  }

  /// - Parameters:
  ///   - headers: of the request, in any case.
  ///   - now: `time` of a CloudEvent that has none.
  /// - Returns: the event as JSON.
  /// - Throws: `Invalid` naming what was expected.
  package static func decode(
    headers: [(name: String, value: String)], body: [UInt8], now: Date
  ) throws(Invalid) -> [UInt8] {
    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
    let mediaType = Self.mediaType(header("content-type") ?? "")
    if mediaType == "application/cloudevents+json" {
      guard case .object(let members)? = json(body) else {
        throw Invalid(message: "a structured CloudEvent must be a JSON object", status: 400)
      }
      return try structured(members, now: now)
    }
    if mediaType.hasPrefix("application/cloudevents") {
      throw Invalid(
        message: "CloudEvents are taken one by one, as binary or as JSON; found '\(mediaType)'", status: 415)
    }
    if header("ce-specversion") != nil {
      return try binary(headers, mediaType: mediaType, body: body, now: now)
    }
    guard let event = json(body) else {
      throw Invalid(
        message: "the body must be one event as JSON, found \(body.count) bytes of something else", status: 400)
    }
    try checkIsNoRequest(event)
    return body
  }

  /// Who sent a request is for the gateway to say.
  private static func checkIsNoRequest(_ event: JSONValue) throws(Invalid) {
    guard event["requestContext"]?["zoetrope"] == nil, event["requestContext"]?["http"] == nil else {
      throw Invalid(
        message: "events of HTTP requests are made by the gateway only: send the request itself", status: 400)
    }
  }

  /// Without parameters, in lower case.
  private static func mediaType(_ text: String) -> String {
    text.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
  }

  private static func isJSON(_ mediaType: String) -> Bool {
    mediaType.isEmpty || mediaType.hasSuffix("/json") || mediaType.hasSuffix("+json")
  }

  private static let contentMembers: Set<String> = ["data", "data_base64", "datacontenttype"]

  /// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
  private static func structured(_ members: [String: JSONValue], now: Date) throws(Invalid) -> [UInt8] {
    var attributes: [String: String] = [:]
    for (name, value) in members where !contentMembers.contains(name) && value != .null {
      attributes[name] = try text(of: value, attribute: name)
    }
    let mediaType = Self.mediaType(
      try members["datacontenttype"].map { value throws(Invalid) in
        try text(of: value, attribute: "datacontenttype")
      } ?? "")
    let data: JSONValue
    switch (members["data"], members["data_base64"]) {
    case (.some, .some):
      throw Invalid(message: "a CloudEvent must have 'data' or 'data_base64', found both", status: 400)
    case (nil, let encoded?):
      guard let text = encoded.stringValue, let decoded = Data(base64Encoded: text) else {
        throw Invalid(message: "data_base64 must be Base64", status: 400)
      }
      data = try value(of: [UInt8](decoded), mediaType: mediaType)
    case (.string(let text)?, nil) where !isJSON(mediaType):
      // The same content as the body of a binary event.
      data = try value(of: Array(text.utf8), mediaType: mediaType)
    case (let value, nil): data = value ?? .object([:])
    }
    return try event(attributes, data: data, now: now)
  }

  /// The canonical text of an attribute's value: binary events have no other.
  private static func text(of value: JSONValue, attribute name: String) throws(Invalid) -> String {
    switch value {
    case .string(let text): return text
    case .bool(let value): return value ? "true" : "false"
    case .integer(let value) where Int32(exactly: value) != nil: return String(value)
    default:
      throw Invalid(
        message: "the attribute '\(name.prefix(40))' must be a string, a boolean or a 32-bit integer", status: 400)
    }
  }

  private static func binary(
    _ headers: [(name: String, value: String)], mediaType: String, body: [UInt8], now: Date
  ) throws(Invalid) -> [UInt8] {
    var attributes: [String: String] = [:]
    for (name, value) in headers where name.lowercased().hasPrefix("ce-") {
      attributes[String(name.lowercased().dropFirst(3))] = headerText(value)
    }
    return try event(attributes, data: body.isEmpty ? .object([:]) : value(of: body, mediaType: mediaType), now: now)
  }

  /// A header's value may be quoted, and percent-encoded (HTTP binding, 3.1.3.2).
  private static func headerText(_ value: String) -> String {
    var text = value
    if text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") {
      var isEscaped = false
      text = String(
        text.dropFirst().dropLast().filter { character in
          defer { isEscaped = character == "\\" && !isEscaped }
          return character != "\\" || isEscaped
        })
    }
    return PercentEncoding.decode(text) ?? text
  }

  /// JSON stays what it is; anything else becomes an object that says what it holds.
  private static func value(of bytes: [UInt8], mediaType: String) throws(Invalid) -> JSONValue {
    if isJSON(mediaType) {
      guard let value = json(bytes) else { throw Invalid(message: "the event's data must be JSON", status: 400) }
      return value
    }
    if let text = String(validating: bytes, as: UTF8.self) {
      return .object(["contentType": .string(mediaType), "data": .string(text)])
    }
    return .object(["contentType": .string(mediaType), "dataBase64": .string(Data(bytes).base64EncodedString())])
  }

  /// Attributes that the envelope has members for.
  private static let enveloped: Set<String> = ["specversion", "id", "source", "type", "time", "subject"]

  private static func event(_ attributes: [String: String], data: JSONValue, now: Date) throws(Invalid) -> [UInt8] {
    guard attributes["specversion"]?.hasPrefix("1.") == true else {
      throw Invalid(
        message: "specversion must be '1.0', found '\(attributes["specversion"] ?? "")'", status: 400)
    }
    for name in ["id", "source", "type"] where attributes[name, default: ""].isEmpty {
      throw Invalid(message: "a CloudEvent must have the attribute '\(name)'", status: 400)
    }
    for name in attributes.keys.sorted() where !isAttributeName(name) {
      throw Invalid(
        message: "a CloudEvent's attribute must have a name of a-z and 0-9, found '\(name.prefix(40))'", status: 400)
    }
    if let time = attributes["time"], !isTime(time) {
      throw Invalid(
        message: "time must be like '2026-11-21T14:20:00Z' (RFC 3339), found '\(time.prefix(40))'", status: 400)
    }
    if data["Records"]?.arrayValue != nil {
      try checkIsNoRequest(data)
      return encode(data)
    }
    var members: [String: JSONValue] = [
      "version": .string("0"), "id": .string(attributes["id"] ?? ""), "source": .string(attributes["source"] ?? ""),
      "detail-type": .string(attributes["type"] ?? ""), "account": .string(""), "region": .string(""),
      "time": .string(attributes["time"] ?? now.iso8601()),
      "resources": .array(attributes["subject"].map { [.string($0)] } ?? []), "detail": data,
    ]
    let extensions = attributes.filter { !enveloped.contains($0.key) }
    if !extensions.isEmpty { members["extensions"] = .object(extensions.mapValues { .string($0) }) }
    return encode(.object(members))
  }

  private static func isAttributeName(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }
  }

  /// RFC 3339 §5.6: `T` and `Z` may be in lower case, the fraction may have any length, a day has no leap second here.
  private static func isTime(_ text: String) -> Bool {
    var text = text.uppercased()
    if let dot = text.firstIndex(of: ".") {
      let end = text[text.index(after: dot)...].firstIndex { !("0"..."9").contains($0) } ?? text.endIndex
      guard text.index(after: dot) < end else { return false }
      text.removeSubrange(dot..<end)
    }
    return text.utf8.count >= 20 && Date(iso8601: text) != nil
  }

  private static func json(_ bytes: [UInt8]) -> JSONValue? { try? JSON.decode(JSONValue.self, from: bytes) }

  private static func encode(_ value: JSONValue) -> [UInt8] {
    // Values that came from JSON, strings and arrays: encoding them cannot fail.
    (try? JSON.encode(value)) ?? []
  }
}
