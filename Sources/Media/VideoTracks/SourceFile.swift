package import Demuxing
package import CLibAV
package import Core
package import LibAV
package import MediaTypes

/// An open container with any of its streams selected; the others are discarded at the source.
package final class SourceFile {
  private var context: UnsafeMutablePointer<AVFormatContext>?
  package let io: SourceIO
  package let format: ContainerFormat
  package var formatName: String { format.name }
  private let isWebM: Bool
  /// What the container says of its tracks beyond what libav tells.
  package let tracks: Tracks
  private var selected: Set<Int32> = []

  /// Opens `source` and finds out what its streams are.
  ///
  /// - Throws: `MediaError` if it is not a file of moving pictures or sound; errors of `source` unchanged.
  package init(
    _ source: any ByteSource, limits: MediaLimits = MediaLimits(), cancellation: CancellationFlag = CancellationFlag()
  ) throws {
    _ = LibAVLog.silenced
    if source.size == 0 { throw MediaError(.emptyFile, "the file is empty") }
    io = try SourceIO(source, cancellation: cancellation)
    format = try ContainerFormat.identify(io, limits: limits)
    isWebM = try format.isMatroska && Self.saysWebM(source)
    tracks = try Tracks(format, source)
    let opened: UnsafeMutablePointer<AVFormatContext>
    switch try io.open(as: format.raw, limits: limits) {
    case .opened(let container): opened = container
    case .failed(let code): throw try ContainerFormat.openFailure(format, io: io, code: code)
    }
    context = opened
    let found = avformat_find_stream_info(opened, nil)
    do {
      try io.rethrow()
      if found < 0 {
        throw MediaError(.invalidMedia, "the file cannot be read as \(format.title): \(LibAVError(found))")
      }
    } catch {
      avformat_close_input(&context)
      throw error
    }
  }

  deinit { avformat_close_input(&context) }

  package var raw: UnsafeMutablePointer<AVFormatContext> { context! }
  package var streams: [UnsafeMutablePointer<AVStream>] {
    (0..<Int(raw.pointee.nb_streams)).map { raw.pointee.streams[$0]! }
  }

  /// The container's short name; `webm` for WebM.
  package var container: String { isWebM ? "webm" : formatName }
  package var isMOV: Bool { formatName.hasPrefix("mov,") }
  package var isMatroska: Bool { formatName.hasPrefix("matroska,") }
  /// Made of packets that find their own way from any byte.
  package var canEnterAnywhere: Bool { formatName == "mpegts" || formatName == "mpeg" }

  /// RFC 9559 §5: the document type stands in the first bytes.
  private static func saysWebM(_ source: any ByteSource) throws -> Bool {
    var head = [UInt8](repeating: 0, count: 64)
    let count = try head.withUnsafeMutableBytes { try source.read(at: 0, into: $0) }
    let name = Array("webm".utf8)
    return (0..<max(0, count - 4)).contains { Array(head[$0..<$0 + 4]) == name }
  }

  /// How the pictures of a stream are shown.
  package func picture(_ index: Int) -> StatedFrame {
    StatedFrame(streams[index], tracks.facts(of: index, in: raw))
  }

  /// Only packets of these streams are read from now on.
  package func select(_ indices: [Int]) throws(MediaError) {
    selected = []
    for (index, stream) in streams.enumerated() {
      let isWanted = indices.contains(index)
      stream.pointee.discard = isWanted ? AVDISCARD_DEFAULT : AVDISCARD_ALL
      if isWanted { selected.insert(Int32(index)) }
    }
    guard selected.count == indices.count else {
      throw MediaError(.invalidRequest, "the file has no stream \(indices.map(String.init).joined(separator: ", "))")
    }
  }

  /// Reads the next packet of a selected stream.
  ///
  /// - Returns: `false` at the end, which is also where the rest cannot be read.
  package func read(into packet: Packet) throws -> Bool {
    var failures = 0
    while true {
      av_packet_unref(packet.raw)
      let status = av_read_frame(raw, packet.raw)
      try io.rethrow()
      if status >= 0 {
        if selected.contains(packet.raw.pointee.stream_index) { return true }
      } else if status == zt_error_eof || status == zt_error_exit || failures >= 16 {
        return false
      } else if status == zt_error_no_memory {
        throw MediaError(.decodeFailed, "no memory to read a packet")
      } else {
        failures += 1
        if raw.pointee.pb.pointee.eof_reached != 0 { return false }
      }
    }
  }

  /// When a stream begins, as far as the container says; ticks of the stream.
  package func beginning(of stream: Int) -> Int64 {
    let time = streams[stream].pointee.start_time
    return time == zt_no_timestamp ? 0 : time
  }

  /// Seeks to the last key frame of the stream at or before `time`, ticks of the stream.
  package func seek(_ stream: Int, to time: Int64) throws -> Bool {
    let status = av_seek_frame(raw, Int32(stream), time, AVSEEK_FLAG_BACKWARD)
    try io.rethrow()
    return status >= 0
  }
}
