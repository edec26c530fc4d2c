package import Core
package import MediaJobs

/// Where the outputs of one source object live in the output bucket (DESIGN §4, contract).
///
/// For `talks/keynote.mp4` everything is in `talks/keynote/` and file names begin with `keynote-`. Any extension other
/// than `.mp4` stays part of the name, so that `a.mov` and `a.mp4` do not share a folder.
package struct OutputNames: Sendable, Equatable {
  /// Without a trailing slash: `talks/keynote`.
  package let folder: String
  /// The folder's last component: `keynote`.
  package let base: String

  /// S3 keys have at most this many bytes of UTF-8.
  private static let maximumKeyBytes = 1024
  /// Room for the longest name below the folder apart from `base`: the completion record of one clip.
  private static let longestSuffix = 200

  package struct InvalidKey: ClassifiedError {
    package let message: String
    package var code: String { "InvalidKey" }
    package var isRetryable: Bool { false }
  }

  /// - Throws: `InvalidKey` where no output name can be made: an empty key, one that ends in `/`, or one so long that
  ///   the outputs' keys would pass S3's 1,024 bytes.
  package init(sourceKey key: String) throws(InvalidKey) {
    let last = key.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard !last.isEmpty else {
      throw InvalidKey(message: "a source key must end in a file name, found '\(key)'")
    }
    let suffix = ".mp4"
    let isNamedMP4 = last.hasSuffix(suffix) && last.count > suffix.count
    folder = isNamedMP4 ? String(key.dropLast(suffix.count)) : key
    base = isNamedMP4 ? String(last.dropLast(suffix.count)) : String(last)
    guard folder.utf8.count + base.utf8.count + Self.longestSuffix <= Self.maximumKeyBytes else {
      throw InvalidKey(
        message:
          "the outputs' keys would be longer than \(Self.maximumKeyBytes) bytes; the source key must be shorter, "
          + "found \(key.utf8.count) bytes")
    }
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
}

extension Substring {
  fileprivate var isDecimal: Bool {
    !isEmpty && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
