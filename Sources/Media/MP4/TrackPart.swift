package import Core
import MediaTypes

/// A run of a track's samples as one object: the samples' bytes, their table, the track's format and a trailer.
///
/// Parts of one track that follow each other are joined without a look at what is in the samples.
package struct TrackPart: Sendable {
  package let source: any ByteSource
  package let format: TrackFormat
  package let samples: [Sample]
  /// Samples of sound that a decoder puts out before the first one that counts.
  package let priming: Int
  /// Samples of sound that count; 0 for pictures.
  package let soundLength: Int64

  private static let magic: [UInt8] = Array("ZPART001".utf8)
  private static let trailerSize = 16

  /// What a part says of itself besides its samples.
  private struct Header: Codable {
    var format: TrackFormat
    var count: Int
    var priming: Int
    var soundLength: Int64
  }

  /// Reads the table at the end of `source`.
  ///
  /// - Throws: `MediaError` (`invalidMedia`) if these are not the bytes of a part; errors of `source`.
  package init(_ source: any ByteSource) throws {
    func bytes(_ range: Range<Int64>) throws -> [UInt8] {
      guard range.lowerBound >= 0 else { throw Self.damaged }
      return try source.readFully(range)
    }
    let size = source.size
    let trailer = try bytes(size - Int64(Self.trailerSize)..<size)
    guard Array(trailer[8...]) == Self.magic else { throw Self.damaged }
    let headerSize = trailer[..<8].reduce(Int64(0)) { $0 << 8 | Int64($1) }
    let headerEnd = size - Int64(Self.trailerSize)
    guard headerSize > 0, headerSize <= 1 << 20 else { throw Self.damaged }
    guard let header = try? JSON.decode(Header.self, from: bytes(headerEnd - headerSize..<headerEnd)) else {
      throw Self.damaged
    }
    let tableEnd = headerEnd - headerSize
    guard header.count >= 0, header.count <= 1 << 26 else { throw Self.damaged }
    let table = try bytes(tableEnd - Int64(header.count * SampleTable.entrySize)..<tableEnd)
    self.source = source
    format = header.format
    samples = SampleTable.decode(table)
    priming = header.priming
    soundLength = header.soundLength
    let total = samples.reduce(Int64(0)) { $0 + Int64($1.size) }
    guard total == tableEnd - Int64(table.count) else { throw Self.damaged }
  }

  private static var damaged: MediaError {
    MediaError(.invalidMedia, "the part of the track is damaged; encode it again")
  }

  /// What follows the samples' bytes in a part.
  package static func ending(
    _ format: TrackFormat, _ samples: some Collection<Sample>, priming: Int = 0, soundLength: Int64 = 0
  ) throws -> [UInt8] {
    var writer = BoxWriter()
    writer.raw(SampleTable.encode(samples))
    let header = try JSON.encode(
      Header(format: format, count: samples.count, priming: priming, soundLength: soundLength))
    writer.raw(header)
    writer.number(UInt64(header.count))
    writer.raw(magic)
    return writer.bytes
  }
}

extension ByteSource {
  /// - Throws: `MediaError` (`truncated`) if the source ends early.
  package func readFully(_ range: Range<Int64>) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
      while filled < range.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<range.count])
        let got = try read(at: range.lowerBound + Int64(filled), into: rest)
        guard got > 0 else { throw MediaError(.truncated, "a part of the file ends early") }
        filled += got
      }
    }
  }
}
