import FoundationEssentials
import Glibc
import Core
package import SigV4

/// The secrets of a data folder that were not given to `zoetrope up`: made once, kept in `secrets.json`, which only the
/// folder's owner may read. Names are those of environment variables.
package struct DataFolderSecrets: Sendable {
  package static let accessKeyID = "ZOETROPE_ACCESS_KEY_ID"
  package static let secretAccessKey = "ZOETROPE_SECRET_ACCESS_KEY"

  private let folder: String
  package private(set) var values: [String: String]

  /// Reads what is there. Blocks.
  ///
  /// - Throws: `RuntimeError` (`DamagedSecrets`) where the file is no JSON object of texts.
  package init(folder: String) throws {
    self.folder = folder
    let path = Self.path(folder)
    guard let content = try? Data(contentsOf: URL(filePath: path)) else {
      values = [:]
      return
    }
    guard let values = try? JSON.decode([String: String].self, from: [UInt8](content)) else {
      throw RuntimeError(
        "DamagedSecrets", "'\(path)' is no JSON object of texts: restore it, or remove it to have new keys made")
    }
    self.values = values
  }

  private static func path(_ folder: String) -> String { "\(folder)/secrets.json" }

  /// The secret of that name, made and written down if there is none. Blocks.
  ///
  /// - Throws: `RuntimeError` (`InvalidDataFolder`).
  package mutating func secret(_ name: String, make: () -> String = { Self.random(40) }) throws -> String {
    if let value = values[name] { return value }
    let value = make()
    values[name] = value
    try write()
    return value
  }

  /// What requests to the runtime are signed with. Blocks.
  package mutating func credentials() throws -> Credentials {
    Credentials(
      accessKeyID: try secret(Self.accessKeyID) { "ZO" + Self.random(18).uppercased() },
      secretAccessKey: try secret(Self.secretAccessKey), sessionToken: nil)
  }

  /// nil where none were made.
  package var existingCredentials: Credentials? {
    guard let id = values[Self.accessKeyID], let secret = values[Self.secretAccessKey] else { return nil }
    return Credentials(accessKeyID: id, secretAccessKey: secret, sessionToken: nil)
  }

  /// Letters and digits from the system's generator, 5 bits each.
  package static func random(_ count: Int) -> String {
    let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")
    var generator = SystemRandomNumberGenerator()
    return String((0..<count).map { _ in alphabet[Int(generator.next(upperBound: UInt64(alphabet.count)))] })
  }

  private func write() throws {
    let (path, unfinished) = (Self.path(folder), "\(Self.path(folder)).part")
    let bytes = try JSON.encode(values, pretty: true)
    let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(unfinished) }
    defer { close(descriptor) }
    let isWritten = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } == bytes.count
    guard isWritten, fsync(descriptor) == 0, rename(unfinished, path) == 0 else { throw failure(path) }
  }

  private func failure(_ path: String) -> RuntimeError {
    RuntimeError("InvalidDataFolder", "cannot write '\(path)': \(String(cString: strerror(errno)))")
  }
}
