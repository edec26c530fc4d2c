import LibAV
import CLibAV

extension JoinedTimeline {
  /// Reads a whole stream. Blocks.
  ///
  /// - Parameter demuxer: at the file's beginning.
  package static func read(_ demuxer: Demuxer) throws -> JoinedTimeline {
    let packet = try Packet()
    while try demuxer.read(into: packet) {}
    return demuxer.joined ?? JoinedTimeline()
  }
}
