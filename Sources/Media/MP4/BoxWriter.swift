/// Appends big-endian numbers and boxes of an ISO base media file (ISO/IEC 14496-12 §4.2).
struct BoxWriter {
  private(set) var bytes: [UInt8] = []

  mutating func number(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func raw(_ content: some Sequence<UInt8>) { bytes.append(contentsOf: content) }

  mutating func zeros(_ count: Int) { bytes.append(contentsOf: repeatElement(0, count: count)) }

  /// A box of less than 4 GiB.
  mutating func box(_ type: String, _ content: (inout BoxWriter) -> Void) {
    let start = bytes.count
    number(UInt32(0))
    raw(type.utf8)
    content(&self)
    let size = UInt32(bytes.count - start)
    withUnsafeBytes(of: size.bigEndian) { bytes.replaceSubrange(start..<(start + 4), with: $0) }
  }

  mutating func fullBox(_ type: String, version: UInt8 = 0, flags: UInt32 = 0, _ content: (inout BoxWriter) -> Void) {
    box(type) { writer in
      writer.number(UInt32(version) << 24 | flags)
      content(&writer)
    }
  }

  /// An MPEG-4 descriptor (ISO/IEC 14496-1 §8.3.3) of less than 128 bytes.
  mutating func descriptor(_ tag: UInt8, _ content: (inout BoxWriter) -> Void) {
    number(tag)
    let at = bytes.count
    number(UInt8(0))
    content(&self)
    bytes[at] = UInt8(bytes.count - at - 1)
  }
}
