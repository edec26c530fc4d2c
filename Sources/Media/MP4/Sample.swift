/// One coded picture or one frame of sound, in the order of decoding.
package struct Sample: Sendable, Equatable {
  /// Bytes.
  package var size: UInt32
  /// Decoding can begin here.
  package var isSync: Bool
  /// Ticks; 0 if the next sample's time says it.
  package var duration: UInt32
  /// When it is shown or heard, ticks from the presentation's start. Negative for what is only needed to decode others.
  package var time: Int64

  package init(size: UInt32, isSync: Bool, duration: UInt32, time: Int64) {
    self.size = size
    self.isSync = isSync
    self.duration = duration
    self.time = time
  }
}

/// The samples of a part in 16 bytes each.
package enum SampleTable {
  package static let entrySize = 16

  package static func encode(_ samples: some Collection<Sample>) -> [UInt8] {
    var writer = BoxWriter()
    for sample in samples {
      writer.number(sample.size | (sample.isSync ? 1 << 31 : 0))
      writer.number(sample.duration)
      writer.number(sample.time)
    }
    return writer.bytes
  }

  package static func decode(_ bytes: [UInt8]) -> [Sample] {
    bytes.withUnsafeBytes { buffer in
      (0..<buffer.count / entrySize).map { index in
        let at = index * entrySize
        let size = UInt32(bigEndian: buffer.loadUnaligned(fromByteOffset: at, as: UInt32.self))
        return Sample(
          size: size & 0x7fff_ffff, isSync: size >> 31 == 1,
          duration: UInt32(bigEndian: buffer.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self)),
          time: Int64(bigEndian: buffer.loadUnaligned(fromByteOffset: at + 8, as: Int64.self)))
      }
    }
  }
}
