import Checksums
import Core
import Encodings
import FoundationEssentials
import Glibc
import JWT
import Library
import SAMTemplate

/// The key by which a machine of one's own signs sessions of the library, if none is given: made once and kept in the
/// data folder's `secrets.json`, which only the folder's owner may read.
enum SessionSecret {
  static let parameter = "SessionJWKS"

  /// The keys of `SESSION_JWKS`, or of the data folder; nil if there are none.
  static func existing(dataFolder: String) throws -> String? {
    EnvironmentReader(ProcessEnvironment.variables).optional(SessionKeys.variable)
      ?? values(of: dataFolder)[SessionKeys.variable]
  }

  /// Gives the template's parameter a value if it has one that is not set.
  static func complete(
    _ parameters: [String: String], templatePath: String, dataFolder: String
  ) throws -> [String: String] {
    guard parameters[parameter] == nil,
      let declared = try? Template.load(path: templatePath, parameters: parameters).parameters[parameter],
      declared.isEmpty
    else { return parameters }
    var parameters = parameters
    parameters[parameter] = try existing(dataFolder: dataFolder) ?? made(in: dataFolder)
    return parameters
  }

  /// A token by the first secret of a key set.
  static func token(_ claims: JSONValue, keySet: String) throws -> String {
    let keys = try JSON.decode(JSONValue.self, from: Array(keySet.utf8))["keys"]?.arrayValue ?? []
    guard let key = keys.first(where: { $0["kty"]?.stringValue == "oct" }),
      let secret = key["k"]?.stringValue.flatMap({ Base64URL.decode($0) })
    else {
      throw CommandError(
        "\(SessionKeys.variable) has no secret (kty oct): tokens are issued by the service that has the private key")
    }
    return try JSONWebToken.signed(claims, secret: secret, identifier: key["kid"]?.stringValue)
  }

  private static func made(in folder: String) throws -> String {
    var generator = SystemRandomNumberGenerator()
    let secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    let key = JSONValue.object([
      "kty": .string("oct"), "alg": .string("HS256"), "kid": .string("local"), "k": .string(Base64URL.encode(secret)),
    ])
    let text = String(decoding: try JSON.encode(JSONValue.object(["keys": .array([key])])), as: UTF8.self)
    var values = values(of: folder)
    values[SessionKeys.variable] = text
    try write(values, to: folder)
    return text
  }

  private static func path(_ folder: String) -> String { "\(folder)/secrets.json" }

  private static func values(of folder: String) -> [String: String] {
    guard let content = try? Data(contentsOf: URL(filePath: path(folder))) else { return [:] }
    return (try? JSON.decode([String: String].self, from: [UInt8](content))) ?? [:]
  }

  private static func write(_ values: [String: String], to folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandError("cannot make the folder '\(folder)': \(error)")
    }
    let unfinished = path(folder) + ".part"
    let bytes = try JSON.encode(values, pretty: true)
    let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    let isWritten =
      descriptor >= 0 && bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } == bytes.count
      && fsync(descriptor) == 0
    if descriptor >= 0 { close(descriptor) }
    guard isWritten, rename(unfinished, path(folder)) == 0 else {
      throw CommandError("cannot write '\(path(folder))': \(String(cString: strerror(errno)))")
    }
  }
}
