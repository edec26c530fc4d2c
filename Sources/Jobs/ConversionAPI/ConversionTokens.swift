package import Conversions
package import Core
import Encodings
import FoundationEssentials
package import ObjectStore
import S3Protocol
import Synchronization

/// Tokens as objects, so that they outlive restarts and hold on every node.
package struct ConversionTokens: Sendable {
  private let store: any ObjectStore
  private let places: ConversionPlaces
  private let settings: ConversionSettings
  private let clock: WallClock
  private let recent = RecentTokens()

  package init(store: any ObjectStore, settings: ConversionSettings, clock: WallClock) {
    self.store = store
    self.settings = settings
    self.clock = clock
    places = ConversionPlaces(bucket: settings.bucket)
  }

  /// - Returns: the token, and when it expires, in milliseconds since 1970.
  package func issue(_ parameters: ConversionParameters) async throws -> (token: String, expires: Int64) {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<settings.tokenSize).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let token = String(
      Base64.encode(bytes).compactMap { character -> Character? in
        switch character {
        case "+": "-"
        case "/": "_"
        case "=": nil
        default: character
        }
      })
    let expires = clock.now().millisecondsSince1970 + Int64(settings.tokenLife / .milliseconds(1))
    let record = JSONValue.object(["key": parameters.document, "expires": .integer(expires)])
    _ = try await store.put(
      JSON.encode(record), as: places.record(of: token), in: settings.bucket,
      options: PutOptions(contentType: "application/json"))
    return (token, expires)
  }

  /// - Throws: `ConversionError` `UnknownToken` or `ExpiredToken`.
  package func parameters(of token: String) async throws -> ConversionParameters {
    guard (1...400).contains(token.utf8.count) else { throw Self.unknown }
    let now = clock.now().millisecondsSince1970
    if let parameters = recent.parameters(of: token, now: now) { return parameters }
    let bytes: [UInt8]
    do {
      bytes = try await store.get(places.record(of: token), in: settings.bucket).bytes
    } catch let error as ObjectStoreError where error.code == "NoSuchKey" || error.httpStatus == 404 {
      throw Self.unknown
    }
    let record = try JSON.decode(JSONValue.self, from: bytes)
    guard let expires = record["expires"]?.doubleValue, Double(now) < expires else {
      throw ConversionError(.expiredToken, "the token has expired; ask /token for another one")
    }
    let parameters = try ConversionParameters(document: record["key"] ?? .null, limits: settings.limits)
    recent.note(token, parameters, expires: Int64(expires))
    return parameters
  }

  /// Removes expired tokens.
  ///
  /// - Returns: how many.
  package func sweep() async throws -> Int {
    let limit = clock.now().addingTimeInterval(-(settings.tokenLife / .seconds(1)))
    let expired = try await store.listAll(bucket: settings.bucket, prefix: ConversionPlaces.tokens)
      .filter { $0.lastModified < limit }.map(\.key)
    if !expired.isEmpty { try await store.delete(expired, in: settings.bucket) }
    return expired.count
  }

  private static let unknown = ConversionError(.unknownToken, "the token is unknown; ask /token for one")
}

/// Tokens that this process has looked up. What a token means never changes, so they need not be read again.
private final class RecentTokens: Sendable {
  /// Beyond this many, all are read afresh.
  private static let limit = 1000

  private let tokens = Mutex<[String: (parameters: ConversionParameters, expires: Int64)]>([:])

  func parameters(of token: String, now: Int64) -> ConversionParameters? {
    tokens.withLock { tokens in
      guard let known = tokens[token] else { return nil }
      if now < known.expires { return known.parameters }
      tokens[token] = nil
      return nil
    }
  }

  func note(_ token: String, _ parameters: ConversionParameters, expires: Int64) {
    tokens.withLock { tokens in
      if tokens.count >= Self.limit { tokens = [:] }
      tokens[token] = (parameters, expires)
    }
  }
}
