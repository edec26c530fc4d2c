package import CLibAV
package import Core
package import MediaTypes

/// What a container says of its tracks and libav does not tell, by stream.
package struct Tracks {
  private let byID: [Int32: TrackFacts]
  private let videos: [TrackFacts]

  /// Of containers that say no more than libav tells.
  package init() { (byID, videos) = ([:], []) }

  /// - Throws: `MediaError` if following the file's edit lists would cost more than the file is worth.
  package init(_ format: ContainerFormat, _ source: any ByteSource) throws {
    byID = format.isMOV ? try MOVTracks.read(source) : [:]
    videos = format.isMatroska ? try MatroskaTracks.read(source) : []
    if let refusal = byID.values.lazy.compactMap(\.editRefusal).first { throw MediaError(.tooLarge, refusal) }
  }

  package func facts(of index: Int, in context: UnsafeMutablePointer<AVFormatContext>) -> TrackFacts {
    let stream = context.pointee.streams[index]!
    if let facts = byID[stream.pointee.id] { return facts }
    guard !videos.isEmpty, StreamChoice.isVideo(stream) else { return TrackFacts() }
    let before = (0..<index).count { StreamChoice.isVideo(context.pointee.streams[$0]!) }
    return before < videos.count ? videos[before] : TrackFacts()
  }

  /// Whether an edit list says that presentation begins before a track does.
  func startsEmpty(_ context: UnsafeMutablePointer<AVFormatContext>) -> Bool {
    (0..<Int(context.pointee.nb_streams)).contains { index in
      let kind = context.pointee.streams[index]!.pointee.codecpar.pointee.codec_type
      return (kind == AVMEDIA_TYPE_VIDEO || kind == AVMEDIA_TYPE_AUDIO) && facts(of: index, in: context).startsEmpty
    }
  }
}
