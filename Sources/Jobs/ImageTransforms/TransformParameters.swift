package import MediaTypes

/// What a request of the image proxy asks for.
///
/// Values that make no sense are ignored, as if they were not there; sides above the limit are clamped to it.
package struct TransformParameters: Sendable, Hashable {
  /// Pixels, 1 … 4096; nil: not limited.
  package var width: Int?
  /// Pixels, 1 … 4096; nil: not limited.
  package var height: Int?
  /// 1 … 100; nil: `defaultQuality`.
  package var quality: Int?
  package var format: ImageFormat

  package static let maximumSide = 4096
  package static let defaultQuality = 80
  package static let defaultFormat = ImageFormat.jpeg

  package init(width: Int? = nil, height: Int? = nil, quality: Int? = nil, format: ImageFormat = defaultFormat) {
    self.width = width
    self.height = height
    self.quality = quality
    self.format = format
  }

  /// - Parameter query: decoded; the first value of a name counts.
  package init(query: [(name: String, value: String?)]) {
    func value(_ name: String) -> String? { query.first { $0.name == name }?.value }
    self.init(
      width: value("width").flatMap(Self.side), height: value("height").flatMap(Self.side),
      quality: value("quality").flatMap(Self.number).flatMap { (1...100).contains($0) ? $0 : nil },
      format: value("format").flatMap { ImageFormat(rawValue: $0) } ?? Self.defaultFormat)
  }

  /// Whether anything is to be done; if not, the original is the answer.
  package var needsTransform: Bool {
    width != nil || height != nil || quality != nil || format != Self.defaultFormat
  }

  /// The name of the derived object below `transforms/`: `w{W}_h{H}_q{Q}.{format}`, 0 for what is not set.
  package var objectName: String { "w\(width ?? 0)_h\(height ?? 0)_q\(quality ?? 0).\(format.rawValue)" }

  /// The same parameters as a URL's query, names in alphabetical order; empty without any.
  package var query: String {
    var pairs: [String] = []
    if needsTransform { pairs.append("format=\(format.rawValue)") }
    if let height { pairs.append("height=\(height)") }
    if let quality { pairs.append("quality=\(quality)") }
    if let width { pairs.append("width=\(width)") }
    return pairs.joined(separator: "&")
  }

  /// What is to be made.
  package var output: ImageOutput {
    ImageOutput(
      fit: .inside(width: width, height: height), format: format, quality: quality ?? Self.defaultQuality)
  }

  private static func side(_ text: String) -> Int? { number(text).map { min($0, maximumSide) } }

  /// A positive whole number in decimal digits, however large.
  private static func number(_ text: String) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    let number = Int(text) ?? .max
    return number > 0 ? number : nil
  }
}

extension TransformParameters {
  /// Reads `objectName` back; nil for any other name.
  package init?(objectName: String) {
    let parts = objectName.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let format = ImageFormat(rawValue: String(parts[1])) else { return nil }
    let fields = parts[0].split(separator: "_", omittingEmptySubsequences: false)
    guard fields.count == 3, zip(fields, "whq").allSatisfy({ $0.first == $1 }) else { return nil }
    let numbers = fields.compactMap { Int($0.dropFirst()) }
    guard numbers.count == 3 else { return nil }
    func optional(_ number: Int) -> Int? { number == 0 ? nil : number }
    self.init(width: optional(numbers[0]), height: optional(numbers[1]), quality: optional(numbers[2]), format: format)
    guard self.objectName == objectName, (width ?? 1) <= Self.maximumSide, (height ?? 1) <= Self.maximumSide,
      (width ?? 1) > 0, (height ?? 1) > 0, (1...100).contains(quality ?? 1)
    else { return nil }
  }
}
