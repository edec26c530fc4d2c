/// What a layer III frame's side information says about its place in the bit reservoir and its windows
/// (ISO/IEC 11172-3, 2.4.1.7; 13818-3, 2.4.1.7). Pure.
struct MP3Side: Equatable {
  /// Bytes before this frame's own area at which its data begins.
  let reach: Int
  /// Bytes of its data.
  let dataSize: Int
  /// Window of each channel in the first and in the last granule; 0 is the long one.
  let firstWindows: [Int]
  let lastWindows: [Int]
  /// Where the area for data begins in the frame.
  let areaStart: Int

  /// - Returns: `nil` if it is no frame of layer III.
  init?(_ frame: [UInt8]) {
    guard frame.count >= 21, frame[0] == 0xff, frame[1] & 0xe0 == 0xe0, frame[1] >> 1 & 3 == 1 else { return nil }
    let isMPEG1 = MP3Frame.isMPEG1(frame)
    let channels = frame[3] >> 6 == 3 ? 1 : 2
    let head = frame[1] & 1 == 0 ? 6 : 4
    var bits = BitReader(frame, at: head * 8)
    reach = bits.read(isMPEG1 ? 9 : 8)
    bits.skip(isMPEG1 ? (channels == 1 ? 5 : 3) + 4 * channels : channels)
    var windows: [[Int]] = []
    var size = 0
    for _ in 0..<(isMPEG1 ? 2 : 1) {
      var granule: [Int] = []
      for _ in 0..<channels {
        size += bits.read(12)
        bits.skip(9 + 8 + (isMPEG1 ? 4 : 9))
        let isSwitched = bits.read(1) == 1
        granule.append(isSwitched ? bits.read(2) << 1 | bits.read(1) : 0)
        bits.skip((isSwitched ? 19 : 22) + (isMPEG1 ? 3 : 2))
      }
      windows.append(granule)
    }
    dataSize = (size + 7) / 8
    firstWindows = windows[0]
    lastWindows = windows[windows.count - 1]
    areaStart = head + (isMPEG1 ? (channels == 1 ? 17 : 32) : (channels == 1 ? 9 : 17))
  }
}
