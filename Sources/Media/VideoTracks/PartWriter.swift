package import MP4
package import MediaTypes

/// Writes a part's samples to a file as they come; the table follows when they are all there.
package final class PartWriter {
  private let file: BufferedFile
  private(set) package var samples: [Sample] = []
  package var bytes: Int64 { file.bytes }

  /// - Parameter path: made or replaced.
  package init(path: String) throws(MediaError) { file = try BufferedFile(path: path) }

  package func add(_ content: [UInt8], isSync: Bool, duration: Int64, time: Int64) throws(MediaError) {
    samples.append(
      Sample(size: UInt32(content.count), isSync: isSync, duration: UInt32(clamping: duration), time: time))
    try file.write(content)
  }

  /// - Parameters:
  ///   - priming: samples of sound before the first that counts.
  ///   - soundLength: samples of sound that count.
  package func finish(_ format: TrackFormat, priming: Int = 0, soundLength: Int64 = 0) throws {
    try file.write(TrackPart.ending(format, samples, priming: priming, soundLength: soundLength))
    try file.flush()
  }
}
