import Encodings
package import FoundationEssentials
import Core

/// What an HTTP request means to a function: pure, so that every platform's way of calling can be tested as a value.
///
/// - CloudEvents 1.0, binary and structured content mode
///   (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md>): an EventBridge
///   envelope with the CloudEvent's data as `detail`; data that is itself an S3 notification is passed on as it is.
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
  ///   - header: looks a header up by its lower-case name.
  ///   - now: `time` of a CloudEvent that has none.
  /// - Returns: the event as JSON.
  /// - Throws: `Invalid` naming what was expected.
  package static func decode(
    header: (String) -> String?, body: [UInt8], now: Date
  ) throws(Invalid) -> [UInt8] {
    let contentType = header("content-type") ?? ""
    let mediaType = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
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
      return try binary(header: header, mediaType: mediaType, body: body, now: now)
    }
    guard let event = json(body) else {
      throw Invalid(
        message: "the body must be one event as JSON, found \(body.count) bytes of something else", status: 400)
    }
    // Who sent a request is for the gateway to say.
    guard event["requestContext"]?["zoetrope"] == nil, event["requestContext"]?["http"] == nil else {
      throw Invalid(
        message: "events of HTTP requests are made by the gateway only: send the request itself", status: 400)
    }
    return body
  }

  private static func structured(_ members: [String: JSONValue], now: Date) throws(Invalid) -> [UInt8] {
    let attributes = members.compactMapValues(\.stringValue)
    let data: JSONValue
    if let encoded = members["data_base64"]?.stringValue {
      guard let decoded = Data(base64Encoded: encoded) else {
        throw Invalid(message: "data_base64 must be Base64", status: 400)
      }
      data = try value(of: [UInt8](decoded), mediaType: attributes["datacontenttype"] ?? "application/json")
    } else {
      data = members["data"] ?? .object([:])
    }
    return try event(attributes, data: data, now: now)
  }

  private static func binary(
    header: (String) -> String?, mediaType: String, body: [UInt8], now: Date
  ) throws(Invalid) -> [UInt8] {
    var attributes: [String: String] = [:]
    for name in ["specversion", "id", "source", "type", "time", "subject"] {
      attributes[name] = header("ce-\(name)").map { PercentEncoding.decode($0) ?? $0 }
    }
    return try event(attributes, data: body.isEmpty ? .object([:]) : value(of: body, mediaType: mediaType), now: now)
  }

  /// JSON stays what it is; anything else becomes an object that says what it holds.
  private static func value(of bytes: [UInt8], mediaType: String) throws(Invalid) -> JSONValue {
    if mediaType.isEmpty || mediaType.hasSuffix("json") {
      guard let value = json(bytes) else { throw Invalid(message: "the event's data must be JSON", status: 400) }
      return value
    }
    if let text = String(validating: bytes, as: UTF8.self) {
      return .object(["contentType": .string(mediaType), "data": .string(text)])
    }
    return .object(["contentType": .string(mediaType), "dataBase64": .string(Data(bytes).base64EncodedString())])
  }

  private static func event(_ attributes: [String: String], data: JSONValue, now: Date) throws(Invalid) -> [UInt8] {
    guard attributes["specversion"]?.hasPrefix("1.") == true else {
      throw Invalid(
        message: "specversion must be '1.0', found '\(attributes["specversion"] ?? "")'", status: 400)
    }
    for name in ["id", "source", "type"] where attributes[name, default: ""].isEmpty {
      throw Invalid(message: "a CloudEvent must have the attribute '\(name)'", status: 400)
    }
    if data["Records"]?.arrayValue != nil { return encode(data) }
    return encode(
      .object([
        "version": .string("0"), "id": .string(attributes["id"] ?? ""), "source": .string(attributes["source"] ?? ""),
        "detail-type": .string(attributes["type"] ?? ""), "account": .string(""), "region": .string(""),
        "time": .string(attributes["time"] ?? now.iso8601()),
        "resources": .array(attributes["subject"].map { [.string($0)] } ?? []), "detail": data,
      ]))
  }

  private static func json(_ bytes: [UInt8]) -> JSONValue? { try? JSON.decode(JSONValue.self, from: bytes) }

  private static func encode(_ value: JSONValue) -> [UInt8] {
    // Values that came from JSON, strings and arrays: encoding them cannot fail.
    (try? JSON.encode(value)) ?? []
  }
}
