/// MP3 frames keep part of their data in the frames before them (the bit reservoir), and their windows overlap.
///
/// At the border the later segment's first frames need `reach` bytes of data in the earlier segment's last frames. There is
/// room: what the earlier segment had put there for the frames that are dropped.
enum MP3Splice {
  /// How well one segment's packets may follow the other's: 0 is perfect, `nil` is impossible.
  ///
  /// - Parameters:
  ///   - before: the packet before the border, as the earlier and as the later segment have it.
  ///   - at: the packet behind it, likewise.
  static func cost(
    before: (earlier: CodedPacket, later: CodedPacket), at: (earlier: CodedPacket, later: CodedPacket)
  ) -> Int? {
    guard let earlier = MP3Side(before.earlier.bytes), let later = MP3Side(before.later.bytes),
      let dropped = MP3Side(at.earlier.bytes), let next = MP3Side(at.later.bytes)
    else { return nil }
    // The windows of neighbours must fit each other, or the aliases of the one do not meet those of the other.
    guard earlier.lastWindows == later.lastWindows else { return nil }
    let areLong = (earlier.lastWindows + next.firstWindows).allSatisfy { $0 == 0 }
    return (areLong ? 0 : 1) + (next.reach <= dropped.reach ? 0 : 2)
  }

  /// Changes the packets before the border so that those of the later segment can be decoded behind them.
  ///
  /// - Returns: `false` if that is impossible.
  static func mend(_ kept: inout [CodedPacket], dropped: CodedPacket, later: CodedSegment, from index: Int) -> Bool {
    guard let need = MP3Side(later.packets[index].bytes)?.reach, let room = MP3Side(dropped.bytes)?.reach else {
      return false
    }
    if need > room, !widen(&kept, by: need - room) { return false }
    // The data of the later segment before its first frame, from the border backwards.
    var data: [UInt8] = []
    var place = index - 1
    while data.count < need, place >= 0 {
      guard let side = MP3Side(later.packets[place].bytes) else { return false }
      data.insert(contentsOf: later.packets[place].bytes[side.areaStart...], at: 0)
      place -= 1
    }
    guard data.count >= need else { return false }
    data.removeFirst(data.count - need)
    place = kept.count - 1
    while !data.isEmpty, place >= 0 {
      guard let side = MP3Side(kept[place].bytes) else { return false }
      let count = min(data.count, kept[place].bytes.count - side.areaStart)
      let start = kept[place].bytes.count - count
      kept[place].bytes.replaceSubrange(start..., with: data.suffix(count))
      data.removeLast(count)
      place -= 1
    }
    return data.isEmpty
  }

  /// Gives the last frame a higher bit rate, so that there are at least so many bytes more behind its data.
  private static func widen(_ kept: inout [CodedPacket], by bytes: Int) -> Bool {
    guard var frame = kept.last?.bytes, let rate = MP3Frame.sampleRate(frame) else { return false }
    let isMPEG1 = MP3Frame.isMPEG1(frame)
    let rates = isMPEG1 ? MP3Frame.ratesMPEG1 : MP3Frame.ratesMPEG2
    let padding = Int(frame[2] >> 1 & 1)
    var index = Int(frame[2] >> 4) + 1
    while index < rates.count {
      let size = MP3Frame.size(kilobits: rates[index], rate: rate, isMPEG1: isMPEG1) + padding
      if size >= frame.count + bytes {
        frame[2] = frame[2] & 0x0f | UInt8(index << 4)
        frame += [UInt8](repeating: 0, count: size - frame.count)
        kept[kept.count - 1].bytes = frame
        return true
      }
      index += 1
    }
    return false
  }
}
