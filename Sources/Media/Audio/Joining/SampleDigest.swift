import AudioDecoding
import CLibAV

/// The MD5 sum over the samples of a FLAC file as its header has it: little endian, interleaved, in whole bytes.
struct SampleDigest {
  private let state: OpaquePointer?
  private let channels: Int
  private let bits: Int

  init(_ plan: EncodingPlan) {
    state = av_md5_alloc()
    av_md5_init(state)
    channels = plan.layout.channels.count
    bits = plan.bits
  }

  mutating func add(_ samples: UnsafePointer<UInt8>, _ count: Int) {
    let values = count * channels
    if bits == 16 { return av_md5_update(state, samples, values * 2) }
    let packed = [UInt8](unsafeUninitializedCapacity: values * 3) { buffer, filled in
      for index in 0..<values {
        for byte in 0..<3 { buffer[index * 3 + byte] = samples[index * 4 + 1 + byte] }
      }
      filled = values * 3
    }
    av_md5_update(state, packed, packed.count)
  }

  /// Ends the sum; nothing may be added afterwards.
  mutating func finish() -> [UInt8] {
    var sum = [UInt8](repeating: 0, count: 16)
    av_md5_final(state, &sum)
    av_free(UnsafeMutableRawPointer(state))
    return sum
  }
}
