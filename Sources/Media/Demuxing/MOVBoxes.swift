package import Core

/// The top-level boxes of an MP4 or QuickTime file (ISO/IEC 14496-12 §4.2), read without libav: to explain failures, and
/// to find the index.
package struct MOVBoxes {
  var hasMovie = false
  /// The `moov` box ends behind the end of the file.
  var movieIsCut = false
  /// Where `moov` lies; it may end behind the end of the file.
  package var movie: Range<Int64>?
  /// Where `ftyp` lies, if the file begins with it.
  package var fileType: Range<Int64>?

  /// It is a list of names of four bytes each.
  private static let maximumFileType = 4096

  /// - Returns: `nil` where the file does not consist of boxes.
  package static func scan(_ source: any ByteSource) throws -> MOVBoxes? {
    var result = MOVBoxes()
    var offset: Int64 = 0
    // Fragmented files have many boxes; `moov` stands before the fragments.
    for _ in 0..<1024 where offset + 8 <= source.size {
      let head = try source.bytes(at: offset, count: 16)
      guard head.count >= 8 else { break }
      var size = head[0..<4].reduce(Int64(0)) { $0 << 8 | Int64($1) }
      let type = String(decoding: head[4..<8], as: UTF8.self)
      guard head[4..<8].allSatisfy({ (0x20..<0x7f).contains($0) }) else { return offset == 0 ? nil : result }
      if size == 1 {
        guard head.count == 16 else { break }
        size = Int64(truncatingIfNeeded: head[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
      } else if size == 0 {
        size = source.size - offset
      }
      guard size >= 8 else { return offset == 0 ? nil : result }
      let (end, overflow) = offset.addingReportingOverflow(size)
      if type == "moov" {
        result.hasMovie = true
        result.movieIsCut = overflow || end > source.size
        if !overflow { result.movie = offset..<end }
      }
      if type == "ftyp", offset == 0, size <= Self.maximumFileType { result.fileType = 0..<size }
      if overflow { break }
      offset = end
    }
    return result
  }
}
