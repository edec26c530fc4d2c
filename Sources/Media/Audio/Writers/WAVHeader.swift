package import AudioDecoding
/// The header of a WAV file: RIFF, or RF64 (EBU Tech 3306) where sizes do not fit into 32 bits. Pure.
package struct WAVHeader {
  var channels: Int
  /// One bit per loudspeaker; 0 if unknown.
  var channelMask: UInt64
  var sampleRate: Int
  /// 16, 24 or 32.
  var bits: Int
  var isFloat: Bool
  var tags: AudioTags

  package init(channels: Int, channelMask: UInt64, sampleRate: Int, bits: Int, isFloat: Bool, tags: AudioTags) {
    self.channels = channels
    self.channelMask = channelMask
    self.sampleRate = sampleRate
    self.bits = bits
    self.isFloat = isFloat
    self.tags = tags
  }

  /// Bytes of one sample of all channels.
  var blockAlign: Int { channels * bits / 8 }

  /// - Parameters:
  ///   - samples: samples per channel; `nil` reserves room for any number.
  package func bytes(samples: Int64?) -> [UInt8] {
    let dataSize = UInt64(max(0, samples ?? 0)) * UInt64(blockAlign)
    var chunks = format
    let info = self.info
    if !info.isEmpty { chunks += info }
    // `WAVE`, the chunk for 64-bit sizes, the others, the head of the data and its padding.
    let reservesLarge = samples == nil || dataSize > 0xffff_ffff - 1_000_000
    let riffSize = UInt64(4 + (reservesLarge ? 36 : 0) + chunks.count + 8) + dataSize + dataSize % 2
    let isLarge = samples != nil && riffSize > 0xffff_ffff
    var bytes = Array((isLarge ? "RF64" : "RIFF").utf8)
    bytes += Self.number(isLarge ? 0xffff_ffff : riffSize, 4) + Array("WAVE".utf8)
    if reservesLarge {
      bytes += Array((isLarge ? "ds64" : "JUNK").utf8) + Self.number(28, 4)
      bytes +=
        isLarge
        ? Self.number(riffSize, 8) + Self.number(dataSize, 8) + Self.number(UInt64(samples ?? 0), 8) + Self.number(0, 4)
        : [UInt8](repeating: 0, count: 28)
    }
    bytes += chunks + Array("data".utf8) + Self.number(isLarge ? 0xffff_ffff : dataSize, 4)
    return bytes
  }

  /// The header of a file whose header was reserved with `bytes(samples: nil)`: of the same length.
  package func patched(samples: Int64) -> [UInt8] {
    let reserved = bytes(samples: nil)
    let exact = bytes(samples: samples)
    if exact.count == reserved.count { return exact }
    // Small enough for RIFF: the room for 64-bit sizes stays as JUNK.
    let dataSize = UInt64(samples) * UInt64(blockAlign)
    let riffSize = UInt64(reserved.count - 8) + dataSize + dataSize % 2
    return Array(reserved[..<4]) + Self.number(riffSize, 4) + Array(reserved[8..<(reserved.count - 4)])
      + Self.number(dataSize, 4)
  }

  private var format: [UInt8] {
    let isExtensible = channels > 2 || bits > 16 && !isFloat || channelMask != 0 && channels == 2 && channelMask != 3
    let tag: UInt64 = isExtensible ? 0xfffe : isFloat ? 3 : 1
    var body = Self.number(tag, 2) + Self.number(UInt64(channels), 2) + Self.number(UInt64(sampleRate), 4)
    body += Self.number(UInt64(sampleRate * blockAlign), 4) + Self.number(UInt64(blockAlign), 2)
    body += Self.number(UInt64(bits), 2)
    if isExtensible {
      body += Self.number(22, 2) + Self.number(UInt64(bits), 2) + Self.number(channelMask & 0xffff_ffff, 4)
      // KSDATAFORMAT_SUBTYPE_PCM or _IEEE_FLOAT
      body += Self.number(isFloat ? 3 : 1, 2) + [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]
    } else if isFloat {
      body += Self.number(0, 2)
    }
    return Array("fmt ".utf8) + Self.number(UInt64(body.count), 4) + body
  }

  /// RIFF INFO for the tags that it has names for.
  private var info: [UInt8] {
    let names = [
      ("title", "INAM"), ("artist", "IART"), ("album", "IPRD"), ("comment", "ICMT"), ("date", "ICRD"),
      ("genre", "IGNR"), ("copyright", "ICOP"), ("track", "IPRT"), ("composer", "IMUS"),
    ]
    var fields: [UInt8] = []
    for (name, id) in names {
      guard let value = tags[name] else { continue }
      var text = Array(value.utf8.prefix(64 << 10)) + [0]
      let size = text.count
      if size % 2 == 1 { text.append(0) }
      fields += Array(id.utf8) + Self.number(UInt64(size), 4) + text
    }
    if fields.isEmpty { return [] }
    return Array("LIST".utf8) + Self.number(UInt64(fields.count + 4), 4) + Array("INFO".utf8) + fields
  }

  static func number(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }
}
