package import CLibAV

extension AudioTags {
  package init(_ context: UnsafeMutablePointer<AVFormatContext>, stream: UnsafeMutablePointer<AVStream>) {
    self.init()
    // Ogg keeps its tags with the stream, most others with the file.
    for dictionary in [stream.pointee.metadata, context.pointee.metadata] {
      var entry: UnsafeMutablePointer<AVDictionaryEntry>?
      while true {
        entry = av_dict_get(dictionary, "", entry, zt_find_tag_any)
        guard let found = entry else { break }
        add(String(cString: found.pointee.key), String(cString: found.pointee.value))
      }
    }
    for index in 0..<Int(context.pointee.nb_chapters) {
      guard let chapter = context.pointee.chapters[index]?.pointee else { continue }
      let base = av_q2d(chapter.time_base)
      let title = av_dict_get(chapter.metadata, "title", nil, 0).map { String(cString: $0.pointee.value) }
      chapters.append(Chapter(start: Double(chapter.start) * base, end: Double(chapter.end) * base, title: title))
    }
    for index in 0..<Int(context.pointee.nb_streams) {
      if let cover = Self.cover(context.pointee.streams[index]!) {
        self.cover = cover
        break
      }
    }
  }

  private static func cover(_ stream: UnsafeMutablePointer<AVStream>) -> Cover? {
    guard AudioStreamChoice.isCover(stream), let data = stream.pointee.attached_pic.data else { return nil }
    let parameters = stream.pointee.codecpar.pointee
    let format: Cover.Format
    switch parameters.codec_id {
    case AV_CODEC_ID_MJPEG: format = .jpeg
    case AV_CODEC_ID_PNG: format = .png
    default: return nil
    }
    let bytes = [UInt8](UnsafeBufferPointer(start: data, count: Int(stream.pointee.attached_pic.size)))
    guard !bytes.isEmpty, parameters.width > 0, parameters.height > 0 else { return nil }
    return Cover(format: format, bytes: bytes, width: Int(parameters.width), height: Int(parameters.height))
  }
}
