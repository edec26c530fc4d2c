package import MediaTypes

/// What `EncodeSegment` is told to do with local files: `zoetrope proxy` writes it to the function's standard input.
package struct PartOrder: Sendable, Codable, Equatable {
  /// The video's path.
  package var source: String
  /// Where the part is to be written. It is there once it is complete.
  package var output: String
  /// How far the work is, seconds of the presentation as text; written now and then, absent at first.
  package var progress: String
  package var part: ProxyPart

  package init(source: String, output: String, progress: String, part: ProxyPart) {
    self.source = source
    self.output = output
    self.progress = progress
    self.part = part
  }
}
