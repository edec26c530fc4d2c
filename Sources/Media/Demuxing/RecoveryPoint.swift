/// H.264's recovery point message: from which frame on a stream that is entered here is complete (§D.1.8, §D.2.8).
enum RecoveryPoint {
  private static let payloadType = 6

  /// `recovery_frame_cnt` of the first recovery point among supplemental messages (§7.3.2.3.1); `nil` if there is none.
  ///
  /// - Parameter bytes: behind the unit's first byte, with the bytes that keep start codes apart; more may follow.
  static func frames(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    var reader = BitReader(bytes)
    // Each message has a type and a size, which end with the first byte that is not 255.
    func number() -> Int {
      var sum = 0
      while !reader.isBeyondEnd {
        let byte = reader.number(8)
        sum += byte
        if byte < 255 { break }
      }
      return sum
    }
    while !reader.isBeyondEnd {
      let (type, size) = (number(), number())
      guard !reader.isBeyondEnd, size <= bytes.count else { return nil }
      if type == payloadType {
        let frames = reader.golomb()
        return reader.isBeyondEnd ? nil : frames
      }
      // What comes behind the messages ends them: a bit of 1, then zeros.
      if type == 0x80 { return nil }
      for _ in 0..<size { _ = reader.number(8) }
    }
    return nil
  }
}
