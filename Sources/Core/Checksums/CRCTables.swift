/// The lookup tables of one reflected CRC, sixteen bytes per step ("slicing-by-16").
///
/// Method: M. Kounavis and F. Berry, "Novel Table Lookup-Based Algorithms for High-Performance CRC Generation" (2008).
/// Registers start as all ones and are inverted at the end, which all three CRCs of S3 have in common. The tables live
/// as long as the process.
struct CRCTables<Register: FixedWidthInteger & UnsignedInteger & Sendable>: @unchecked Sendable {
  static var slices: Int { 16 }
  private let table: UnsafePointer<Register>

  /// - Parameter polynomial: bit-reversed, without the leading term.
  init(polynomial: Register) {
    let table = UnsafeMutablePointer<Register>.allocate(capacity: Self.slices * 256)
    for index in 0..<256 {
      var value = Register(index)
      for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
      table[index] = value
    }
    // table[n][b] is the effect of byte b followed by n zero bytes.
    for index in 256..<Self.slices * 256 {
      let previous = table[index - 256]
      table[index] = previous >> 8 ^ table[Int(truncatingIfNeeded: previous & 0xFF)]
    }
    self.table = UnsafePointer(table)
  }

  /// The register after `bytes`, given the register before them.
  @inline(__always)
  func advance(_ register: Register, over bytes: UnsafeRawBufferPointer) -> Register {
    guard var cursor = bytes.baseAddress else { return register }
    var remaining = bytes.count
    var register = register
    while remaining >= 16 {
      let first = UInt64(littleEndian: cursor.loadUnaligned(as: UInt64.self)) ^ UInt64(register)
      let second = UInt64(littleEndian: cursor.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      register = eight(first, slice: 8) ^ eight(second, slice: 0)
      cursor += 16
      remaining &-= 16
    }
    while remaining > 0 {
      let index = (UInt8(truncatingIfNeeded: register) ^ cursor.load(as: UInt8.self))
      register = Register(truncatingIfNeeded: UInt64(register) >> 8) ^ table[Int(index)]
      cursor += 1
      remaining &-= 1
    }
    return register
  }

  /// The effect of eight bytes, the last of which is followed by `slice` further bytes.
  @inline(__always)
  private func eight(_ word: UInt64, slice: Int) -> Register {
    @inline(__always) func entry(_ position: Int) -> Register {
      let byte = Int(truncatingIfNeeded: (word &>> UInt64(position &* 8)) & 0xFF)
      return table[(slice &+ 7 &- position) &* 256 &+ byte]
    }
    let low = (entry(0) ^ entry(1)) ^ (entry(2) ^ entry(3))
    let high = (entry(4) ^ entry(5)) ^ (entry(6) ^ entry(7))
    return low ^ high
  }
}

/// The CRCs that S3 knows, with the check values of https://reveng.sourceforge.io/crc-catalogue/.
enum CRC {
  /// CRC-32/ISO-HDLC, as zip and Ethernet have it.
  static let crc32 = CRCTables<UInt32>(polynomial: 0xEDB8_8320)
  /// CRC-32/ISCSI (Castagnoli), RFC 3720 §12.1.
  static let crc32c = CRCTables<UInt32>(polynomial: 0x82F6_3B78)
  /// CRC-64/NVME, NVM Express command set specification §5.2.1.3.4.
  static let crc64nvme = CRCTables<UInt64>(polynomial: 0x9A6C_9329_AC4B_C9B5)
}
