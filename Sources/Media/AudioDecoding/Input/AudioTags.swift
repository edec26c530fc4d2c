/// What a file says about its audio: names, chapters and the cover.
package struct AudioTags: Sendable, Equatable {
  package struct Field: Sendable, Equatable {
    /// libav's generic name (`title`, `album_artist`) or the file's own (`REPLAYGAIN_TRACK_GAIN`).
    package var name: String
    package var value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  package struct Chapter: Sendable, Equatable {
    /// Seconds.
    package var start: Double
    package var end: Double
    package var title: String?
  }

  package struct Cover: Sendable, Equatable {
    package enum Format: String, Sendable { case jpeg = "image/jpeg", png = "image/png" }
    package var format: Format
    package var bytes: [UInt8]
    /// Pixels.
    package var width: Int
    package var height: Int
  }

  package var fields: [Field] = []
  package var chapters: [Chapter] = []
  package var cover: Cover?

  package init() {}

  package subscript(name: String) -> String? {
    fields.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// Adds a field unless it describes the file that it came from rather than the audio, or is there already.
  package mutating func add(_ name: String, _ value: String) {
    let lower = name.lowercased()
    if Self.ofTheFile.contains(lower) || Self.ofTheFilePrefixes.contains(where: lower.hasPrefix) { return }
    if value.isEmpty || self[name] != nil { return }
    fields.append(Field(name: name, value: value))
  }

  /// Fields about the container, the encoder or the coded stream: wrong in any other file.
  private static let ofTheFile: Set<String> = [
    "encoder", "encoded_by_tool", "major_brand", "minor_version", "compatible_brands", "handler_name", "vendor_id",
    "itunsmpb", "itunnorm", "duration", "bps", "number_of_frames", "number_of_bytes", "creation_time", "language",
    "metadata_block_picture", "coverart", "coverartmime", "encoding_params", "gapless_playback", "tlen", "length",
    "wm/encodingtime", "isvbr", "devicedescriptor", "waveformatextensible_channel_mask", "cuesheet",
  ]
  private static let ofTheFilePrefixes = ["_statistics", "id3v2_priv", "chapter0", "chapter1"]
}
