package import CLibAV
package import Core
package import LibAV
package import MediaTypes

/// Which container the bytes are in: by content, never by name.
package enum AudioContainer {
  /// The demuxers that may run at all. None of them opens other files or addresses.
  private static let readable: Set<String> = [
    "mp3", "wav", "flac", "aac", "ac3", "eac3", "aiff", "amr", "ape", "au", "caf", "dts", "tta", "wv", "w64", "mpc",
    "mpc8", "oma", "voc", "loas", "truehd", "ogg", "mov", "matroska", "asf", "avi", "mpegts", "mpeg", "flv", "live_flv",
    "mxf", "nut", "rm", "wtv", "dsf", "iff", "tak", "shn", "ivf", "dv", "gif", "yuv4mpegpipe", "h264", "hevc", "m4v",
    "mpegvideo", "obu", "vc1", "xwma", "ircam", "sox", "pvf",
  ]

  package static func identify(_ io: SourceIO) throws -> UnsafePointer<AVInputFormat> {
    var found = try behindID3(io.source)
    if found == nil {
      let status = av_probe_input_buffer2(io.context, &found, "", nil, 0, 1 << 20)
      try io.rethrow()
      if status < 0 { found = nil }
    }
    guard let found else { throw MediaError(.invalidMedia, "the file is not audio in any known container") }
    let name = String(cString: found.pointee.name)
    if readable.contains(String(name.prefix { $0 != "," })) { return found }
    let title = found.pointee.long_name.map { String(cString: $0) } ?? name
    throw MediaError(.invalidMedia, "the file is not audio in any known container (it looks like \(title))")
  }

  /// A tag with large pictures is longer than what is probed, so the bytes behind it are looked at.
  private static func behindID3(_ source: any ByteSource) throws -> UnsafePointer<AVInputFormat>? {
    var offset: Int64 = 0
    for _ in 0..<4 {
      let head = try read(source, at: offset, count: 10)
      guard head.count == 10, head[0...2].elementsEqual("ID3".utf8), head[6...9].allSatisfy({ $0 < 0x80 }) else {
        break
      }
      offset += 10 + head[6...9].reduce(Int64(0)) { $0 << 7 | Int64($1) }
    }
    guard offset > 0 else { return nil }
    var start = try read(source, at: offset, count: 64 << 10)
    let count = start.count
    guard count > 0 else { return nil }
    start.append(contentsOf: repeatElement(0, count: Int(AVPROBE_PADDING_SIZE)))
    return start.withUnsafeMutableBufferPointer { buffer in
      var data = AVProbeData()
      data.buf = buffer.baseAddress
      data.buf_size = Int32(count)
      return "".withCString { name in
        data.filename = name
        return av_probe_input_format(&data, 1)
      }
    }
  }

  private static func read(_ source: any ByteSource, at offset: Int64, count: Int) throws -> [UInt8] {
    let wanted = Int(min(Int64(count), max(0, source.size - offset)))
    return try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      while filled < wanted {
        let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<wanted])
        let got = try source.read(at: offset + Int64(filled), into: rest)
        if got == 0 { break }
        filled += got
      }
    }
  }
}
