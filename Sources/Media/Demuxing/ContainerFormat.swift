package import CLibAV
package import MediaTypes
package import LibAV

/// Which container the bytes are in, and the sentences for everything that is none.
package struct ContainerFormat {
  package let raw: UnsafePointer<AVInputFormat>
  package let name: String
  /// For a person.
  package let title: String

  /// The demuxers that may run at all. None of them opens other files or addresses; playlists and scripts are left out.
  private static let containers: Set<String> = [
    "mov", "matroska", "avi", "mpegts", "mpeg", "flv", "ogg", "asf", "mxf", "ivf", "nut", "dv", "gif", "yuv4mpegpipe",
    "h264", "hevc", "m4v", "mpegvideo", "obu", "rm", "wtv", "live_flv", "dirac", "vc1", "apng",
  ]

  private static let audio: Set<String> = [
    "mp3", "wav", "flac", "aac", "ac3", "eac3", "aiff", "amr", "ape", "au", "caf", "dts", "tta", "wv", "w64", "mpc",
    "mpc8", "opus", "oma", "voc", "loas", "truehd",
  ]

  package static func identify(_ io: SourceIO, limits: MediaLimits) throws -> ContainerFormat {
    if let image = try StillImage.name(of: io.source) { throw StillImage.error(image) }
    var found: UnsafePointer<AVInputFormat>?
    let status = av_probe_input_buffer2(io.context, &found, "", nil, 0, 1 << 20)
    try io.rethrow()
    guard status >= 0, let found else {
      throw MediaError(.invalidMedia, "the file is not a video in any known container")
    }
    let name = String(cString: found.pointee.name)
    let first = String(name.prefix { $0 != "," })
    let title = found.pointee.long_name.map { String(cString: $0) } ?? name
    if containers.contains(first) { return ContainerFormat(raw: found, name: name, title: title) }
    if audio.contains(first) {
      throw MediaError(.noVideoStream, "the file holds audio only (\(title)), no video")
    }
    if first.hasSuffix("_pipe") || first == "image2" || first == "ico" {
      throw StillImage.error(first.hasSuffix("_pipe") ? first.dropLast(5).uppercased() : first.uppercased())
    }
    throw MediaError(.invalidMedia, "the file is not a video in any known container (it looks like \(title))")
  }

  /// Why opening failed, in words a person can act on.
  package static func openFailure(_ format: ContainerFormat, io: SourceIO, code: LibAVError) throws -> MediaError {
    if try TransportScrambling.isScrambled(io.source, format: format.name) { return TransportScrambling.error }
    if format.isMOV, let found = try MOVBoxes.scan(io.source) {
      if !found.hasMovie {
        return MediaError(
          .truncated, "the file is truncated: its index (moov) is missing, so that nothing of it can be shown")
      }
      if found.movieIsCut {
        return MediaError(.truncated, "the file is truncated: it ends within its index (moov)")
      }
    }
    return MediaError(.invalidMedia, "the file cannot be read as \(format.title): \(code)")
  }

  package var isMOV: Bool { name.hasPrefix("mov,") }
  package var isMatroska: Bool { name.hasPrefix("matroska,") }
}
