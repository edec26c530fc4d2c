import Checksums
import Encodings

/// Where the objects of a library are (DESIGN section 7, contract).
extension FileIdentity {
  /// Uploads arrive below this; the notification's prefix.
  package static let originals = "original/"

  private var path: String { "\(libraryID)/\(fileID)" }

  // In the library bucket.
  package var originalPrefix: String { "\(Self.originals)\(path)/" }
  package func originalKey(_ name: String) -> String { originalPrefix + Self.objectName(name) }
  package var recordKey: String { "record/\(path).json" }
  package var derivedPrefix: String { "derived/\(path)/" }

  // In the cache bucket.
  package var cachePrefix: String { "library/\(path)/" }
  package var transformsPrefix: String { "\(cachePrefix)transforms/" }
  package var waveformKey: String { "\(cachePrefix)waveform.json" }
  package var thumbnailKey: String { "\(cachePrefix)thumbnail.webp" }
  package var previewsPrefix: String { "\(cachePrefix)previews/" }
  /// Each version has a place of its own, so that a late worker of a former one disturbs nothing.
  package func previewsPrefix(version: Int) -> String { "\(previewsPrefix)\(version)/" }
  /// Claims and progress of work of one kind on one version.
  package func jobPrefix(_ kind: String, version: Int) -> String { "\(cachePrefix)jobs/\(kind)/\(version)/" }

  /// The claim of one derived image.
  package func transformClaims(version: Int, _ name: String) -> String {
    "\(jobPrefix("transform", version: version))\(name)/"
  }

  package static func recordsPrefix(libraryID: String) -> String { "record/\(libraryID)/" }

  /// - Parameter key: of an original; nil for any other.
  package init?(originalKey key: String) {
    guard let parts = Self.split(key, after: Self.originals), parts.count == 3, !parts[2].isEmpty else { return nil }
    self.init(parts)
  }

  /// - Parameter key: of a record; nil for any other.
  package init?(recordKey key: String) {
    guard key.hasSuffix(".json"), let parts = Self.split(key.dropLast(5), after: "record/"), parts.count == 2 else {
      return nil
    }
    self.init(parts)
  }

  /// The file and version whose previews are below a prefix; nil for any other.
  package static func previews(prefix: String) -> (file: FileIdentity, version: Int)? {
    guard let parts = split(prefix, after: "library/"), parts.count == 3, let file = FileIdentity(Array(parts[..<2])),
      parts[2].hasPrefix("previews/"), let version = Int(parts[2].dropFirst(9).dropLast()),
      file.previewsPrefix(version: version) == prefix
    else { return nil }
    return (file, version)
  }

  private init?(_ parts: [Substring]) {
    guard let library = Self.identifier(parts[0]), let file = Self.identifier(parts[1]), library == parts[0],
      file == parts[1]
    else { return nil }
    self.init(libraryID: library, fileID: file)
  }

  private static func split(_ key: some StringProtocol, after prefix: String) -> [Substring]? {
    guard key.hasPrefix(prefix) else { return nil }
    return key.dropFirst(prefix.count).split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
      .map { Substring($0) }
  }

  /// A file's name as the last part of a key: without slashes and control characters, at most 255 bytes.
  package static func objectName(_ name: String) -> String {
    var result = String(
      String.UnicodeScalarView(
        name.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F || $0 == "/" || $0 == "\\" ? "_" : $0 }))
    if result.isEmpty || result == "." || result == ".." { result = "file" }
    guard result.utf8.count > 255 else { return result }
    // The extension tells people and some tools what it is.
    let ending = result.lastIndex(of: ".").map { String(result[$0...]) } ?? ""
    let kept = ending.utf8.count <= 16 ? ending : ""
    while result.utf8.count > 255 - kept.utf8.count { result.removeLast() }
    return result + kept
  }
}

/// Where avatars are, in the library bucket: users' names are nothing that a key should tell.
package enum AvatarKey {
  package static func key(of user: String) -> String {
    "avatar/\(Digest.sha256(Array(user.utf8)).hexString).webp"
  }
}
