/// H.264 as byte streams with start codes (ITU-T H.264 annex B), and as MP4 wants it: every unit after its length, the
/// parameter sets apart.
package enum AVCUnits {
  /// The units of a byte stream.
  package static func split(_ bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    var units: [Range<Int>] = []
    var begun: Int?
    var index = 0
    func close(_ end: Int) {
      guard let start = begun else { return }
      var end = end
      while end > start, bytes[end - 1] == 0 { end -= 1 }
      if end > start { units.append(start..<end) }
    }
    while index + 2 < bytes.count {
      if bytes[index + 2] > 1 {
        index += 3
      } else if bytes[index] == 0, bytes[index + 1] == 0, bytes[index + 2] == 1 {
        close(index)
        begun = index + 3
        index += 3
      } else {
        index += 1
      }
    }
    close(bytes.count)
    return units
  }

  /// The units after their lengths, parameter sets and delimiters left out.
  package static func lengthPrefixed(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count + 64)
    for unit in split(bytes) {
      let type = bytes[unit.lowerBound] & 31
      if type == 7 || type == 8 || type == 9 { continue }
      withUnsafeBytes(of: UInt32(unit.count).bigEndian) { out.append(contentsOf: $0) }
      out.append(contentsOf: bytes[unit])
    }
    return out
  }

  /// The decoder configuration record of the parameter sets in a byte stream (ISO/IEC 14496-15 §5.3.3.1); `nil` if one is
  /// missing. Pictures are 4:2:0 with 8 bits.
  package static func configuration(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    let units = split(bytes)
    let sets = units.filter { bytes[$0.lowerBound] & 31 == 7 }
    let pictureSets = units.filter { bytes[$0.lowerBound] & 31 == 8 }
    guard let first = sets.first, first.count > 4, let picture = pictureSets.first else { return nil }
    let at = first.lowerBound
    var record: [UInt8] = [1, bytes[at + 1], bytes[at + 2], bytes[at + 3], 0xff, 0xe1]
    func add(_ unit: Range<Int>) {
      record += [UInt8(unit.count >> 8), UInt8(unit.count & 255)]
      record += bytes[unit]
    }
    add(first)
    record.append(1)
    add(picture)
    // Profiles with more than 4:2:0 and 8 bits say which they use.
    if [100, 110, 122, 144].contains(bytes[at + 1]) { record += [0xfd, 0xf8, 0xf8, 0] }
    return record
  }
}
