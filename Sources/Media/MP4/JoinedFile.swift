import Core
package import MediaTypes
import Synchronization

/// An MP4 file made of the parts of its tracks, as a source of bytes: the index (`moov`) first, then the samples, those of
/// pictures and of sound in turns of half a second.
///
/// Nothing is encoded and nothing but the tables is held in memory: about 24 bytes a sample.
package final class JoinedFile: ByteSource {
  package let size: Int64
  /// Pictures in the video track.
  package let pictures: Int
  /// Seconds.
  package let length: Double

  private let head: [UInt8]
  private let pieces: [Piece]

  /// A run of bytes of one part.
  private struct Piece {
    /// In the file.
    let start: Int64
    let source: any ByteSource
    let offset: Int64
    let bytes: Int64
  }

  /// - Parameters:
  ///   - video: the parts of the pictures in order, at least one.
  ///   - audio: the parts of the sound in order; empty if there is none.
  /// - Throws: `MediaError` if parts of one track do not share their parameters.
  package init(video: [TrackPart], audio: [TrackPart]) throws(MediaError) {
    for parts in [video, audio] {
      guard let odd = parts.firstIndex(where: { $0.format != parts[0].format }) else { continue }
      throw MediaError(
        .encodeFailed, "part \(odd) was encoded with other parameters than part 0; they cannot be joined")
    }
    guard video.contains(where: { !$0.samples.isEmpty }) else {
      throw MediaError(.encodeFailed, "the parts hold no picture")
    }
    let filled = [video, audio].map { $0.filter { !$0.samples.isEmpty } }.filter { !$0.isEmpty }
    let tracks = filled.map(MovieTrack.init)
    let order = Self.order(tracks)
    let header = MovieHeader(tracks: tracks)
    var writer = BoxWriter()
    writer.box("ftyp") { box in
      box.raw("isom".utf8)
      box.number(UInt32(0x200))
      for brand in ["isom", "iso2", "avc1", "mp41"] { box.raw(brand.utf8) }
    }
    let brands = writer.bytes
    let total = tracks.reduce(Int64(0)) { $0 + $1.chunks.reduce(0) { $0 + $1.bytes } }
    // Offsets grow by as much as the index does, which grows only if they need more than 32 bits.
    var offsets = Self.offsets(order, tracks, from: 0)
    var index = header.bytes(chunkOffsets: offsets)
    for _ in 0..<2 {
      offsets = Self.offsets(order, tracks, from: Int64(brands.count + index.count) + 16)
      index = header.bytes(chunkOffsets: offsets)
    }
    var data = BoxWriter()
    data.number(UInt32(1))
    data.raw("mdat".utf8)
    data.number(UInt64(total + 16))
    head = brands + index + data.bytes
    var start = Int64(head.count)
    pieces = order.map { track, number in
      let chunk = tracks[track].chunks[number]
      defer { start += chunk.bytes }
      return Piece(
        start: start, source: tracks[track].parts[chunk.part].source, offset: chunk.offset, bytes: chunk.bytes)
    }
    size = Int64(head.count) + total
    pictures = tracks[0].samples.count
    length = tracks.map { Double($0.timeline.start + $0.presented) / Double($0.format.timescale) }.max() ?? 0
  }

  /// Chunks in the order of their times: track and number.
  private static func order(_ tracks: [MovieTrack]) -> [(track: Int, number: Int)] {
    let all = tracks.indices.flatMap { track in tracks[track].chunks.indices.map { (track: track, number: $0) } }
    return all.sorted {
      let (a, b) = (tracks[$0.track].chunks[$0.number].time, tracks[$1.track].chunks[$1.number].time)
      return (a, $0.track, $0.number) < (b, $1.track, $1.number)
    }
  }

  private static func offsets(
    _ order: [(track: Int, number: Int)], _ tracks: [MovieTrack], from start: Int64
  ) -> [[Int64]] {
    var offsets = tracks.map { [Int64](repeating: 0, count: $0.chunks.count) }
    var position = start
    for (track, number) in order {
      offsets[track][number] = position
      position += tracks[track].chunks[number].bytes
    }
    return offsets
  }

  package func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard offset < size, !buffer.isEmpty else { return 0 }
    if offset < Int64(head.count) {
      let count = min(buffer.count, head.count - Int(offset))
      head.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[Int(offset)..<Int(offset) + count]))
      }
      return count
    }
    var (low, high) = (0, pieces.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if pieces[middle].start <= offset { low = middle } else { high = middle - 1 }
    }
    let piece = pieces[low]
    let within = offset - piece.start
    let count = Int(min(Int64(buffer.count), piece.bytes - within))
    let got = try piece.source.read(
      at: piece.offset + within, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
    guard got > 0 else { throw MediaError(.truncated, "a part of the file ends early") }
    return got
  }

  package func close() {
    for piece in pieces { piece.source.close() }
  }
}
