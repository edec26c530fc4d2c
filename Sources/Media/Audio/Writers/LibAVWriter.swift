import AudioDecoding
import CLibAV
import Encodings
import LibAV
import MediaTypes

/// A file by one of libav's muxers: packets, tags, chapters and the cover.
final class LibAVWriter: AudioWriter {
  private var context: UnsafeMutablePointer<AVFormatContext>?
  private let io: SinkIO
  private let encoderTimeBase: AVRational

  /// Writes the header.
  ///
  /// - Parameters:
  ///   - format: the muxer's name.
  ///   - options: the muxer's options.
  ///   - extradata: replaces what the encoder says the decoder needs.
  convenience init(
    format: String, encoder: AudioEncoder, tags: AudioTags, options: [(String, String)] = [], extradata: [UInt8]? = nil,
    sink: any AudioSink, isPatched: Bool
  ) throws {
    try self.init(
      format: format, timeBase: encoder.raw.pointee.time_base, tags: tags, options: options, sink: sink,
      isPatched: isPatched
    ) { parameters in
      avcodec_parameters_from_context(parameters, encoder.raw)
      if let extradata, extradata.count == Int(parameters.pointee.extradata_size) {
        parameters.pointee.extradata.update(from: extradata, count: extradata.count)
      }
    }
  }

  /// As the other initialiser, for packets that come from elsewhere.
  ///
  /// - Parameters:
  ///   - timeBase: of the packets.
  ///   - describe: fills in what the stream is.
  init(
    format: String, timeBase: AVRational, tags: AudioTags, options: [(String, String)] = [], sink: any AudioSink,
    isPatched: Bool, describe: (UnsafeMutablePointer<AVCodecParameters>) throws -> Void
  ) throws {
    io = try SinkIO(sink, isPatched: isPatched)
    encoderTimeBase = timeBase
    var made: UnsafeMutablePointer<AVFormatContext>?
    let status = avformat_alloc_output_context2(&made, nil, format, nil)
    guard status >= 0, let context = made else {
      throw MediaError(.encodeFailed, "this installation of libav cannot write '\(format)': \(LibAVError(status))")
    }
    self.context = context
    context.pointee.pb = io.context
    context.pointee.flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT
    guard let stream = avformat_new_stream(context, nil) else { throw Self.noMemory }
    try describe(stream.pointee.codecpar)
    stream.pointee.time_base = encoderTimeBase
    stream.pointee.codecpar.pointee.codec_tag = 0
    for field in tags.fields { av_dict_set(&context.pointee.metadata, field.name, field.value, 0) }
    let cover = try Self.addCover(tags.cover, format: format, to: context)
    if format == "ogg" || format == "flac" {
      // libav reads chapters of Vorbis comments but writes none.
      for field in VorbisChapters.fields(tags.chapters) {
        av_dict_set(&context.pointee.metadata, field.name, field.value, 0)
      }
    } else {
      try Self.addChapters(tags.chapters, to: context)
    }
    var dictionary: OpaquePointer?
    for (name, value) in options { av_dict_set(&dictionary, name, value, 0) }
    let begun = avformat_write_header(context, &dictionary)
    av_dict_free(&dictionary)
    try io.rethrow()
    guard begun >= 0 else {
      throw MediaError(.encodeFailed, "the file's header cannot be written: \(LibAVError(begun))")
    }
    if let cover { try put(cover, stream: 1) }
  }

  deinit {
    context?.pointee.pb = nil
    avformat_free_context(context)
  }

  /// Gives everything that was written so far to the sink.
  func flush() throws { try io.flush() }

  func write(_ packet: Packet) throws {
    av_packet_rescale_ts(packet.raw, encoderTimeBase, context!.pointee.streams[0]!.pointee.time_base)
    try put(packet, stream: 0)
  }

  func finish(samples: Int64) throws {
    let status = av_write_trailer(context)
    try io.flush()
    if status < 0 { throw MediaError(.encodeFailed, "the file cannot be finished: \(LibAVError(status))") }
  }

  private func put(_ packet: Packet, stream: Int32) throws {
    packet.raw.pointee.stream_index = stream
    let status = av_write_frame(context, packet.raw)
    try io.rethrow()
    if status < 0 { throw MediaError(.encodeFailed, "a packet cannot be written: \(LibAVError(status))") }
  }

  private static func addCover(
    _ cover: AudioTags.Cover?, format: String, to context: UnsafeMutablePointer<AVFormatContext>
  ) throws -> Packet? {
    guard let cover else { return nil }
    if format == "ogg" {
      let block = Base64.encode(FLACPicture.block(cover))
      av_dict_set(&context.pointee.metadata, "METADATA_BLOCK_PICTURE", block, 0)
      return nil
    }
    guard let stream = avformat_new_stream(context, nil), let parameters = stream.pointee.codecpar else {
      throw noMemory
    }
    parameters.pointee.codec_type = AVMEDIA_TYPE_VIDEO
    parameters.pointee.codec_id = cover.format == .jpeg ? AV_CODEC_ID_MJPEG : AV_CODEC_ID_PNG
    parameters.pointee.width = Int32(cover.width)
    parameters.pointee.height = Int32(cover.height)
    parameters.pointee.format = cover.format == .jpeg ? AV_PIX_FMT_YUVJ420P.rawValue : AV_PIX_FMT_RGBA.rawValue
    stream.pointee.disposition = AV_DISPOSITION_ATTACHED_PIC
    stream.pointee.time_base = zt_rational(1, 90_000)
    av_dict_set(&stream.pointee.metadata, "comment", "Cover (front)", 0)
    let packet = try Packet()
    guard av_new_packet(packet.raw, Int32(cover.bytes.count)) >= 0 else { throw noMemory }
    packet.raw.pointee.data.update(from: cover.bytes, count: cover.bytes.count)
    packet.raw.pointee.flags |= AV_PKT_FLAG_KEY
    packet.raw.pointee.pts = 0
    packet.raw.pointee.dts = 0
    return packet
  }

  private static func addChapters(
    _ chapters: [AudioTags.Chapter], to context: UnsafeMutablePointer<AVFormatContext>
  ) throws {
    guard !chapters.isEmpty else { return }
    let size = MemoryLayout<UnsafeMutablePointer<AVChapter>?>.stride
    guard let list = av_calloc(chapters.count, size) else { throw noMemory }
    let pointers = list.bindMemory(to: UnsafeMutablePointer<AVChapter>?.self, capacity: chapters.count)
    context.pointee.chapters = pointers
    for (index, chapter) in chapters.enumerated() {
      guard let memory = av_mallocz(MemoryLayout<AVChapter>.stride) else { throw noMemory }
      let made = memory.bindMemory(to: AVChapter.self, capacity: 1)
      made.pointee.id = Int64(index)
      made.pointee.time_base = zt_rational(1, 1_000)
      made.pointee.start = Int64((chapter.start * 1000).rounded())
      made.pointee.end = Int64((chapter.end * 1000).rounded())
      if let title = chapter.title { av_dict_set(&made.pointee.metadata, "title", title, 0) }
      pointers[index] = made
      context.pointee.nb_chapters = UInt32(index + 1)
    }
  }

  private static let noMemory = MediaError(.encodeFailed, "no memory to write")
}
