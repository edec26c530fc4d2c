/// What an MPEG audio layer III frame's header says (ISO/IEC 11172-3, 13818-3 and MPEG 2.5). Pure.
enum MP3Frame {
  /// Kilobits per second.
  static let ratesMPEG1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
  static let ratesMPEG2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]

  static func isMPEG1(_ header: [UInt8]) -> Bool { header[1] & 0x08 != 0 }

  static func sampleRate(_ header: [UInt8]) -> Int? {
    let index = Int(header[2] >> 2 & 3)
    guard index < 3 else { return nil }
    let base = [44_100, 48_000, 32_000][index]
    switch header[1] >> 3 & 3 {
    case 3: return base
    case 2: return base / 2
    case 0: return base / 4
    default: return nil
    }
  }

  /// Bytes of a frame without its padding byte.
  static func size(kilobits: Int, rate: Int, isMPEG1: Bool) -> Int { (isMPEG1 ? 144_000 : 72_000) * kilobits / rate }
}
