import Checksums
package import Core
import Encodings
package import RemoteFetch

/// What is converted into what: the parameters of `/token` with the service's limits applied.
package struct ConversionParameters: Sendable, Equatable {
  package enum InputFormat: String, Sendable, CaseIterable {
    case mp4, m3u8
  }

  package var source: ConversionSource
  package let inputFormat: InputFormat
  /// The square that the GIF fits into, pixels. 1 ... the maximum; the default is the maximum.
  package let outputSize: Int
  /// Frames per second. 1 ... the maximum; the default is the maximum.
  package let frameRate: Int
  /// Entries of the palette. 2 ... 256, default 32.
  package let colours: Int
  /// Seconds of the video that are left out at its beginning, in thousandths. Default 0.
  package let start: Double
  /// Seconds that are shown; `nil` for all.
  package let duration: Double?

  /// What no conversion exceeds.
  package struct Limits: Sendable, Equatable {
    /// Default 80.
    package var outputSize = 80
    /// Default 24.
    package var frameRate = 24

    package init() {}
  }

  /// Reads the query `url`, `ifm`, `ofm`, `osz`, `ofr`, `out_gif_colors`, `start`, `duration`; `pre` and `rts` are
  /// accepted and mean nothing.
  ///
  /// - Throws: `ConversionError` `BadParameter`, naming the parameter.
  package init(query: [String: String], limits: Limits) throws(ConversionError) {
    guard let text = query["url"], !text.isEmpty else { throw Self.bad("url", "is required") }
    if let video = StoredVideo(text, etag: query["etag"]) {
      source = .stored(video)
    } else {
      do {
        source = .remote(try RemoteURL(text))
      } catch {
        throw Self.bad("url", "must be an http or https address: \(error.message)")
      }
    }
    guard let format = query["ifm"] else { throw Self.bad("ifm", "is required, mp4 or m3u8") }
    guard let inputFormat = InputFormat(rawValue: format) else {
      throw Self.bad("ifm", "must be mp4 or m3u8, found '\(Self.excerpt(format))'")
    }
    self.inputFormat = inputFormat
    if case .stored = source, inputFormat != .mp4 {
      throw Self.bad("ifm", "must be mp4 for a video in the object store")
    }
    guard let output = query["ofm"] else { throw Self.bad("ofm", "is required, gif") }
    guard output == "gif" else { throw Self.bad("ofm", "must be gif, found '\(Self.excerpt(output))'") }
    let size = try Self.integer("osz", query, in: 1...Int(Int32.max), default: limits.outputSize)
    outputSize = min(size, limits.outputSize)
    frameRate = min(try Self.integer("ofr", query, in: 1...60, default: limits.frameRate), limits.frameRate)
    colours = try Self.integer("out_gif_colors", query, in: 2...256, default: 32)
    start = try Self.seconds("start", query, in: 0...86_400) ?? 0
    duration = try Self.seconds("duration", query, in: 0.01...86_400)
    for name in ["pre", "rts"] {
      guard let value = query[name] else { continue }
      guard ["true", "false", "1", "0", ""].contains(value.lowercased()) else {
        throw Self.bad(name, "must be true or false, found '\(Self.excerpt(value))'")
      }
    }
  }

  /// The answer's `key`.
  package var document: JSONValue {
    var members: [String: JSONValue] = [
      "ifm": .string(inputFormat.rawValue), "ofm": .string("gif"),
      "osz": .integer(Int64(outputSize)), "ofr": .integer(Int64(frameRate)),
      "out_gif_colors": .integer(Int64(colours)),
    ]
    switch source {
    case .remote(let url): members["url"] = .string(url.description)
    case .stored(let video):
      members["url"] = .string(video.description)
      members["etag"] = video.etag.map(JSONValue.string)
    }
    if start > 0 { members["start"] = .number(start) }
    if let duration { members["duration"] = .number(duration) }
    return .object(members)
  }

  /// From `document`, as tokens and events carry it.
  ///
  /// - Throws: `ConversionError` `BadParameter`.
  package init(document: JSONValue, limits: Limits) throws(ConversionError) {
    var query: [String: String] = [:]
    for (name, value) in document.objectValue ?? [:] {
      query[name] =
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let number): String(number)
        default: nil
        }
    }
    try self.init(query: query, limits: limits)
  }

  /// Names the result: two requests that mean the same have the same key. 64 hexadecimal digits.
  package var key: String {
    let text = (try? JSON.encode(document)) ?? []
    return Digest.sha256(text).hexString
  }

  private static func integer(
    _ name: String, _ query: [String: String], in range: ClosedRange<Int>, default value: Int
  ) throws(ConversionError) -> Int {
    guard let text = query[name], !text.isEmpty else { return value }
    guard text.utf8.count <= 10, let value = Int(text), range.contains(value) else {
      throw bad(
        name, "must be a whole number from \(range.lowerBound) to \(range.upperBound), found '\(excerpt(text))'")
    }
    return value
  }

  private static func seconds(
    _ name: String, _ query: [String: String], in range: ClosedRange<Double>
  ) throws(ConversionError) -> Double? {
    guard let text = query[name], !text.isEmpty else { return nil }
    // Other spellings of numbers, such as 0x10, are not taken.
    guard text.utf8.count <= 12, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
      let value = Double(text), range.contains(value)
    else {
      throw bad(
        name, "must be a number of seconds from \(range.lowerBound) to \(range.upperBound), found '\(excerpt(text))'")
    }
    return (value * 1000).rounded() / 1000
  }

  private static func bad(_ name: String, _ words: String) -> ConversionError {
    ConversionError(.badParameter, "the parameter '\(name)' \(words)")
  }

  private static func excerpt(_ text: String) -> String { String(text.prefix(60)) }
}
