import Checksums
import Encodings
import Core
package import MediaJobs

/// Where the outputs of one source object live in the output bucket (DESIGN §2, contract).
///
/// For `talks/keynote.mp4` everything is in `talks/keynote/` and file names begin with `keynote-`. Any other extension stays
/// part of the name, so that `a.mov` and `a.mp4` do not share a folder; a key without extension gets a `~`, so that `a` and
/// `a.mp4` do not either. `Tests/Fixtures/output-keys.json` has examples, which the pages' `names.js` is held to as well.
package struct OutputKeys: Sendable, Equatable {
  /// Without a trailing slash: `talks/keynote`.
  package let folder: String
  /// The folder's last component: `keynote`.
  package let base: String

  /// Bytes of UTF-8 that `FOLDER/BASE` has at most. S3's keys have 1,024; the rest is for what follows.
  private static let maximumBytes = 900

  package struct InvalidKey: ClassifiedError {
    package let message: String
    package var code: String { "InvalidKey" }
    package var isRetryable: Bool { false }
  }

  /// - Throws: `InvalidKey` if no output name can be made: an empty key, or one that ends in `/`.
  package init(sourceKey key: String) throws(InvalidKey) {
    let bytes = Array(key.utf8)
    let last = Self.lastComponent(bytes[...])
    guard !last.isEmpty else {
      throw InvalidKey(message: "a source key must end in a file name, found '\(key)'")
    }
    var folder = bytes
    if last.count > 4, last.suffix(4).elementsEqual(".mp4".utf8) {
      folder.removeLast(4)
    } else if !Self.hasExtension(last) {
      folder.append(UInt8(ascii: "~"))
    }
    folder = Self.shortened(folder, key: bytes)
    self.folder = String(decoding: folder, as: UTF8.self)
    base = String(decoding: Self.lastComponent(folder[...]), as: UTF8.self)
  }

  /// Names below a prefix that an event names.
  ///
  /// - Parameter prefix: ends in `/`.
  init(prefix: String) {
    folder = String(prefix.dropLast())
    base = "preview"
  }

  private static func lastComponent(_ path: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    path.lastIndex(of: UInt8(ascii: "/")).map { path[($0 + 1)...] } ?? path
  }

  /// A dot with something before and behind it.
  private static func hasExtension(_ name: ArraySlice<UInt8>) -> Bool {
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return false }
    return dot > name.startIndex && dot < name.endIndex - 1
  }

  /// The folder, or as many whole characters of it as leave room for `~` and 16 digits of the key's SHA-256.
  private static func shortened(_ folder: [UInt8], key: [UInt8]) -> [UInt8] {
    func fits(_ folder: [UInt8]) -> Bool {
      folder.count + 1 + lastComponent(folder[...]).count <= maximumBytes
    }
    if fits(folder) { return folder }
    let mark = Array("~\(Digest.sha256(key).hexString.prefix(16))".utf8)
    // Not within a character.
    for end in folder.indices.reversed() where folder[end] & 0xC0 != 0x80 {
      let cut = folder[..<end] + mark
      if fits(Array(cut)) { return Array(cut) }
    }
    return mark
  }

  package var prefix: String { "\(folder)/" }
  package var manifest: String { "\(folder)/manifest.json" }

  package func gif(start: Int) -> String { "\(folder)/\(base)-\(start).gif" }

  /// - Parameter number: from 1; still *k* shows the second `start + k − 1`.
  package func still(start: Int, number: Int) -> String { "\(folder)/\(base)-\(start)-frame-\(number).jpg" }

  /// Completion records and the plan of every version of the source are below this prefix.
  package var recordsPrefix: String { "\(folder)/.clips/" }

  package func recordsPrefix(of version: SourceVersion) -> String { "\(recordsPrefix)\(version)/" }
  package func record(of version: SourceVersion, start: Int) -> String { "\(recordsPrefix(of: version))\(start).json" }

  /// Where the storyboard tiles of a clip are, beside its record.
  ///
  /// - Parameter version: `SourceVersion.description`.
  package func strip(version: String, start: Int) -> String { "\(recordsPrefix)\(version)/\(start).tiles" }

  /// The clip whose completion record of that version has this key; `nil` for other keys.
  func recordStart(_ key: String, of version: SourceVersion) -> Int? {
    let prefix = recordsPrefix(of: version)
    return Self.isRecord(key, below: prefix) ? Int(key.dropFirst(prefix.count).dropLast(5)) : nil
  }

  /// Whether `key` is a completion record below a version's prefix: `START.json`.
  static func isRecord(_ key: String, below prefix: String) -> Bool {
    key.hasPrefix(prefix) && key.hasSuffix(".json") && key.dropFirst(prefix.count).dropLast(5).isDecimal
  }

  package func plan(of version: SourceVersion) -> String { "\(recordsPrefix(of: version))plan.json" }
  /// A note that the job exceeds a limit.
  package func budget(of version: SourceVersion) -> String { "\(recordsPrefix(of: version))budget.json" }
  package func index(of version: SourceVersion) -> String { "\(recordsPrefix(of: version))index" }

  /// The keys of all GIFs and stills begin with it; so may other keys.
  package var picturesPrefix: String { "\(folder)/\(base)-" }

  /// Whether `key` is a GIF or a still of this source, by its name: what cleaning up may touch. Outputs of other videos
  /// that happen to lie below the folder (`talks/keynote/day 1.mp4`) are not.
  package func isPicture(_ key: String) -> Bool {
    guard key.hasPrefix(picturesPrefix) else { return false }
    let rest = key.dropFirst(folder.count + base.count + 2)
    if rest.hasSuffix(".gif") { return rest.dropLast(4).isDecimal }
    guard rest.hasSuffix(".jpg") else { return false }
    let parts = rest.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 3 && parts[0].isDecimal && parts[1] == "frame" && parts[2].isDecimal
  }

  /// Whether `key` is anything that a job of this source writes, by its name.
  package func isOutput(_ key: String) -> Bool {
    key == manifest || key.hasPrefix(recordsPrefix) || isPicture(key) || isStoryboard(key)
  }
}

extension Substring {
  fileprivate var isDecimal: Bool {
    !isEmpty && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
