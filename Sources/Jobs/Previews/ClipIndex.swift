import Core

/// The headers of a video's clips in one object: with them no clip reads the index of the whole video.
///
/// A help, never required: without it, or where it does not read as expected, a clip is rendered with the video's own
/// index and looks the same.
package struct ClipIndex: Sendable {
  /// Bytes of the object, and of that only.
  package struct Part: Sendable, Equatable {
    package var offset: Int64
    package var size: Int64

    package init(offset: Int64, size: Int64) {
      self.offset = offset
      self.size = size
    }

    /// As events carry it: `[offset, size]`.
    ///
    /// - Returns: `nil` for anything that no index has.
    init?(json: JSONValue) {
      guard let numbers = json.arrayValue, numbers.count == 2, let offset = numbers[0].intValue,
        let size = numbers[1].intValue, (0..<ClipIndex.maximumBytes).contains(offset),
        (1...ClipIndex.maximumHeaderBytes).contains(size)
      else { return nil }
      self.init(offset: Int64(offset), size: Int64(size))
    }

    var json: JSONValue { .array([.integer(offset), .integer(size)]) }

    var range: ClosedRange<Int64> { offset...(offset + size - 1) }
  }

  package private(set) var bytes: [UInt8] = []
  /// By the second at which the clip begins.
  package private(set) var parts: [Int: Part] = [:]

  /// Clips for which there is no room any more are read with the video's own index.
  private static let maximumBytes = 64 << 20
  private static let maximumHeaderBytes = 2 << 20

  package init() {}

  /// Adds a clip's header if there is room for it.
  package mutating func append(_ header: [UInt8], ofClipAt start: Int) {
    guard header.count <= Self.maximumHeaderBytes, bytes.count + header.count <= Self.maximumBytes else { return }
    parts[start] = Part(offset: Int64(bytes.count), size: Int64(header.count))
    bytes += header
  }
}
